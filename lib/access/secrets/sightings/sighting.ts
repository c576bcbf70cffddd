import { recognize } from '@/lib/platform/core/plain-secrets/recognize';

/** Thrown for a file that is not what was asked for. The sentence names the file and what to give instead; no content. */
export class UnreadableScanError extends Error {
  override readonly name = 'UnreadableScanError';
}

/**
 * One secret as a scan of files on this machine sees it. `plain`: it is written there; `reference`: it stands elsewhere;
 * `held`: Docker or Kubernetes keep it as a secret. `value` stays in this process: only its digest may travel.
 */
export interface Sighting {
  is: 'plain' | 'reference' | 'held';
  /** Of the variable or the secret. */
  name: string;
  /** Where in the source it stands, stable while lines move: `services.db.environment.POSTGRES_PASSWORD`. */
  place: string;
  line: number | null;
  /** The workload that reads it. */
  consumer: string | null;
  /** Of a plain one: how that was told. Otherwise: where it lives. */
  why: string;
  value: string | null;
  createdAt?: string;
}

/** What a scan found in one source. */
export interface ScanOfSource {
  kind: 'compose' | 'docker' | 'kubernetes' | 'process';
  sightings: Sighting[];
}

interface Spot {
  place: string;
  line?: number | null;
  consumer?: string | null;
  isLiteral?: boolean;
}

/** One variable, or nothing where it is no secret. */
export function sight(
  name: string,
  value: string,
  { place, line = null, consumer = null, isLiteral }: Spot,
): Sighting[] {
  const found = recognize(name, value, { isLiteral });
  if (found.is === 'other') return [];
  const common = { name, place: `${place}.${name}`, line, consumer };
  return found.is === 'plain'
    ? [{ ...common, is: 'plain', why: found.why, value }]
    : [{ ...common, is: 'reference', why: found.to, value: null }];
}

/** `NAME=value` of a list of environment variables. */
export function sightAssignment(text: string, spot: Spot): Sighting[] {
  const at = text.indexOf('=');
  return at < 1 ? [] : sight(text.slice(0, at), text.slice(at + 1), spot);
}

const OPTION = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s;

/** The words of a command line: `--name=value`, `--name value`, and words that are tokens or hold a password. */
export function sightWords(words: readonly string[], spot: Spot): Sighting[] {
  return words.flatMap((word, i) => {
    const [, option, attached] = OPTION.exec(word) ?? [];
    const next = words[i + 1];
    if (option && attached !== undefined) return sight(option, attached, spot);
    if (option && next !== undefined && !next.startsWith('-')) return sight(option, next, spot);
    if (option) return [];
    const assignment = /^([A-Z_][A-Z0-9_]*)=(.*)$/s.exec(word);
    if (assignment) return sight(assignment[1] ?? '', assignment[2] ?? '', spot);
    const isArgument = OPTION.test(words[i - 1] ?? '');
    return isArgument ? [] : sight('argument', word, spot);
  });
}

/** As a shell without its rules: enough to see the options of a command. */
export const wordsOfCommand = (text: string): string[] =>
  (text.match(/"[^"]*"|'[^']*'|[^\s"']+(?:"[^"]*"|'[^']*')?/g) ?? []).map((word) =>
    word.replaceAll(/["']/g, ''),
  );
