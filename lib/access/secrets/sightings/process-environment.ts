import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ScanOfSource, sightAssignment, UnreadableScanError } from './sighting';

/** `/proc/<pid>/environ`, whose place is named by the program, which stays the same when it starts again. */
function programOf(file: string): string {
  if (basename(file) !== 'environ') return basename(file);
  try {
    return readFileSync(join(dirname(file), 'comm'), 'utf8').trim();
  } catch {
    return basename(dirname(file));
  }
}

/**
 * The environment of a running process: `NAME=value` ended by NUL, as proc(5) gives it, or one in each line.
 * @throws UnreadableScanError
 */
export function scanEnvironment(text: string, file: string): ScanOfSource {
  const entries = text.includes('\0') ? text.split('\0') : text.split(/\r?\n/);
  const variables = entries.filter((entry) => /^[A-Za-z_][\w.-]*=/.test(entry));
  if (text !== '' && variables.length === 0)
    throw new UnreadableScanError(
      `${file} holds no environment. Give /proc/<pid>/environ or the output of "env".`,
    );
  const program = programOf(file);
  const spot = { place: `${program}.environment`, consumer: `process ${program}`, isLiteral: true };
  return { kind: 'process', sightings: variables.flatMap((entry) => sightAssignment(entry, spot)) };
}
