import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { relative } from 'node:path';
import { type ScanEntry, scanKeyDto, secretScanDto } from '@/lib/access/secrets/contract';
import { fingerprintOf, lengthClassOf, secretPartOf } from '@/lib/access/secrets/sightings/fingerprint';
import { type ScanCommand, type SourceScan, scanFile } from '@/lib/access/secrets/sightings/scan-file';
import { type Sighting, UnreadableScanError } from '@/lib/access/secrets/sightings/sighting';
import { onOneLine } from '@/lib/platform/notifications/words';
import { type Command, type CommandResult, type OptionValues, textOf, UsageError } from './command';
import { AnswerError, callConsole } from './console-call';
import { tableOf } from './table';

const FILE_BYTES_MAX = 32 * 1024 * 1024;
const ENTRIES_MAX = 2000;

/** One source and what was found in it, by the files that were given. */
interface Source {
  name: string;
  file: string;
  scan: SourceScan;
}

async function readSource(command: ScanCommand, given: string, named: string | undefined): Promise<Source> {
  const file = command === 'scan-proc' && /^\d+$/.test(given) ? `/proc/${given}/environ` : given;
  let text: string;
  try {
    if ((await stat(file)).size > FILE_BYTES_MAX)
      throw new UsageError(`${file} is larger than 32 MB. Split it.`);
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new UnreadableScanError(`Could not read ${file}${code}. Check the path and its permissions.`);
  }
  const scan = scanFile(command, text, file);
  const within = relative(process.cwd(), file);
  const own = command === 'scan-proc' ? hostname() : within.startsWith('..') ? file : within;
  return { name: named ?? own, file, scan };
}

/** Files of one source are one upload: what the second holds must not count as gone from the first. */
function joined(sources: readonly Source[]): Source[] {
  const byName = Map.groupBy(sources, ({ name, scan }) => `${scan.kind} ${name}`);
  return [...byName.values()].map((group) => {
    const [first] = group as [Source, ...Source[]];
    if (group.length === 1) return first;
    const inFile = <S extends Sighting>({ file }: Source, one: S): S =>
      first.scan.kind === 'process'
        ? one
        : { ...one, place: `${relative(process.cwd(), file)}: ${one.place}` };
    return {
      ...first,
      scan: {
        kind: first.scan.kind,
        plain: group.flatMap((source) => source.scan.plain.map((one) => inFile(source, one))),
        held: group.flatMap((source) => source.scan.held.map((one) => inFile(source, one))),
        references: group.reduce((sum, { scan }) => sum + scan.references, 0),
      },
    };
  });
}

const line = (text: string, max: number) => onOneLine(text.toWellFormed()).slice(0, max).trim() || '-';

/** What travels of a sighting: the value ends here, as a length class and a digest. */
export function entryOf(one: Sighting & { consumers?: string[] }, key: Buffer | null): ScanEntry {
  const { value } = one;
  const isKnown = value !== null && value !== '';
  const created = one.createdAt === undefined ? Number.NaN : Date.parse(one.createdAt);
  return {
    is: one.is === 'plain' ? 'plain' : 'held',
    name: line(one.name, 200),
    place: line(one.place, 600),
    line: one.line,
    consumers: (one.consumers ?? (one.consumer ? [one.consumer] : []))
      .slice(0, 200)
      .map((name) => line(name, 200)),
    why: line(one.why, 300),
    lengthClass: isKnown ? lengthClassOf(secretPartOf(value)) : null,
    fingerprint: isKnown && key ? fingerprintOf(value, key) : null,
    createdAt: Number.isNaN(created) ? null : new Date(created).toISOString(),
  };
}

/** The tenant's key for fingerprints; null where the console has none, then the same secret is not told again. */
async function fingerprintKey(): Promise<Buffer | null> {
  try {
    const answer = await callConsole('/api/v1/secrets/scans/key', { method: 'POST' });
    return Buffer.from(scanKeyDto.parse(answer).key, 'base64url');
  } catch (error) {
    if (error instanceof AnswerError && (error.status === 404 || error.status === 422)) return null;
    throw error;
  }
}

async function upload({ name, scan }: Source, key: Buffer | null): Promise<string> {
  const found = [...scan.plain, ...scan.held];
  if (found.length > ENTRIES_MAX)
    throw new UsageError(
      `${name} holds ${found.length} secrets; ${ENTRIES_MAX} can be uploaded at once. Split it.`,
    );
  const entries = found.map((one) => entryOf(one, key));
  const body = { kind: scan.kind, source: line(name, 300), references: scan.references, entries };
  const answer = await callConsole('/api/v1/secrets/scans', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { plain, held, gone } = secretScanDto.parse(answer);
  return `Uploaded ${name}: ${plain} written out, ${held} held, ${gone} no longer there.`;
}

const placeOf = ({ file }: Source, one: Sighting) => (one.line === null ? file : `${file}:${one.line}`);

function linesOf(source: Source): string[] {
  const { plain, held, references } = source.scan;
  const count = plain.length === 1 ? '1 plain secret' : `${plain.length} plain secrets`;
  const rows = plain.map((one) =>
    [one.name, placeOf(source, one), one.place, one.why].map((text) => line(text, 200)),
  );
  return [
    `${source.file}: ${count}, ${held.length} held as secrets, ${references} references.`,
    ...(rows.length > 0 ? tableOf([['name', 'file', 'place', 'why'], ...rows]).map((row) => `  ${row}`) : []),
  ];
}

function jsonOf(sources: readonly Source[], problems: readonly string[]): string {
  const shown = sources.map((source) => ({
    source: source.name,
    file: source.file,
    kind: source.scan.kind,
    references: source.scan.references,
    plain: source.scan.plain.map((one) => ({ ...entryOf(one, null), file: source.file })),
    held: source.scan.held.map((one) => entryOf(one, null)),
  }));
  return JSON.stringify({ sources: shown, problems }, null, 2);
}

async function run(
  command: ScanCommand,
  values: OptionValues,
  files: readonly string[],
): Promise<CommandResult> {
  if (files.length === 0) throw new UsageError(`Missing file. Usage: bulwark secrets ${command} FILE…`);
  const sources: Source[] = [];
  const problems: string[] = [];
  for (const file of files) {
    try {
      sources.push(await readSource(command, file, textOf(values, 'source')));
    } catch (error) {
      if (!(error instanceof UnreadableScanError)) throw error;
      problems.push(error.message);
    }
  }
  const said: string[] = [];
  // A file that could not be read makes the scan incomplete: what it held must not count as gone.
  if (!values['dry-run'] && problems.length === 0) {
    const key = await fingerprintKey();
    for (const source of joined(sources)) said.push(await upload(source, key));
  } else if (!values['dry-run']) said.push('Nothing was uploaded because a file could not be read.');
  const hasPlain = sources.some(({ scan }) => scan.plain.length > 0);
  const isOk = problems.length === 0 && !(values.fail && hasPlain);
  if (values.json) return { isOk, lines: [jsonOf(sources, problems)] };
  return { isOk, lines: [...sources.flatMap(linesOf), ...problems, ...said] };
}

function scanCommand(command: ScanCommand, summary: string): Command {
  return {
    name: `secrets ${command}`,
    usage: 'FILE… [--source <name>] [--json] [--dry-run] [--fail]',
    summary,
    record: 'if possible',
    options: {
      source: { type: 'string' },
      json: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      fail: { type: 'boolean' },
    },
    run: ({ values, positionals }) => run(command, values, positionals),
  };
}

export const secretScanCommands: readonly Command[] = [
  scanCommand(
    'scan-compose',
    'Find secrets written out in compose files, .env files and "docker inspect" output. Values never leave this host',
  ),
  scanCommand('scan-k8s', 'The same in the output of "kubectl get … -o json" or in manifests'),
  scanCommand(
    'scan-proc',
    'The same in the environment of running processes: /proc/<pid>/environ, or a process ID',
  ),
];
