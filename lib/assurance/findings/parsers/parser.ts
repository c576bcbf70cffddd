import type { FindingKind, Severity, Tool } from '@/lib/assurance/findings/contract';
import type { JsonReport } from './json-report';

/** What the scanner itself, or a VEX document, says about a finding. `at` is an ISO 8601 time where one is known. */
export interface ReportedVerdict {
  decision: 'confirmed' | 'not_affected' | 'false_positive' | 'suppressed_in_tool';
  justification: string | null;
  note: string | null;
  /** `vex:<serial number>` for VEX; `tool` where the scanner suppressed it. */
  source: string;
  at: string | null;
}

/** One place in which a finding was seen. Never a line of source: it may hold a secret. */
export interface Occurrence {
  path?: string;
  line?: number;
  endLine?: number;
  commit?: string;
  author?: string;
  date?: string;
  version?: string;
  via?: string;
}

/** One finding as a parser hands it over, already without any secret (findings.md 2.1). */
export interface ReportedFinding {
  kind: FindingKind;
  /** Names of the rule or vulnerability that may stand in the key, the preferred one first; the others are its aliases. */
  ids: readonly [string, ...string[]];
  /** The rest of the key: never severity, text, versions, URLs, times, tags or digests. */
  identity: readonly string[];
  /** Only where several findings may share the parts above: they are told apart by their line (findings.md 2.2, step 5). */
  isMember?: boolean;
  /** Nothing but the position identifies it: a redacted secret. */
  isWeak?: boolean;
  aliases?: readonly string[];
  severity: Severity;
  /** The scanner gave no severity; `severity` is our default. */
  isUnrated?: boolean;
  title: string;
  description?: string;
  package?: string;
  installedVersion?: string;
  fixedVersion?: string;
  purl?: string;
  path?: string;
  line?: number;
  cvssScore?: number;
  cvssVector?: string;
  cwes?: readonly string[];
  references?: readonly string[];
  occurrences: readonly Occurrence[];
  verdict?: ReportedVerdict;
}

/** What a parser knows of the run before it hands over the first finding. It may add warnings until the last one. */
export interface ReportFacts {
  /** Tells streams of one tool apart, for example the driver of a SARIF run. */
  category: string;
  toolName: string | null;
  toolVersion: string | null;
  /** The scanner's own settings where the report names them; a change holds the run. */
  options: string | null;
  /** What was looked at, without tags and versions; fewer than last time holds the run. */
  targets: Set<string>;
  /** Digests of the image that was looked at, such as `sha256:9f86…`. */
  images: Set<string>;
  /** Sentences about what was not read or not looked at; any of them makes the run incomplete: nothing is closed by it. */
  warnings: string[];
  /** Entries that were understood, whether they are findings or say that something is well. */
  read: number;
  /** Entries that were not: with any the run is incomplete, and with nothing else there is no report. */
  unread: number;
}

export interface ParsedReport {
  facts: ReportFacts;
  findings: AsyncIterable<ReportedFinding>;
}

export interface ParseContext {
  /** HMAC-SHA256 of a secret under the server's key, in hexadecimal; the secret itself is dropped. */
  digestSecret(secret: string): string;
}

/** What a report looks like from outside: its outline, or that of its first item where it is a list. */
export interface ReportShape {
  root: 'object' | 'array' | 'null';
  /** The file is a row of JSON values, such as JSON Lines; it is read as a list of them. */
  isSequence: boolean;
  isEmpty: boolean;
  sample: Readonly<Record<string, unknown>>;
  /** Of each long list or object in the sample the first member; an empty object where it has none. */
  first: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** One scanner's reports. A new tool is one file with one of these, listed in `detect.ts`. */
export interface ReportParser {
  tool: Tool;
  /** Arrays and objects that may be long, as paths below the root or the items of a root list: they are read item by item. */
  streamed: readonly string[];
  /** What nothing reads. */
  skipped: readonly string[];
  /** Writes this for a run that found nothing, whatever was scanned. Other tools write it too: the uploader has to name the tool. */
  emptyForms?: readonly ('list' | 'null')[];
  /** By what is in it, never by what is not. A sequence is handed only to parsers that have `readsSequences`. */
  recognises(shape: ReportShape): boolean;
  readsSequences?: boolean;
  /** @throws ReportProblem where it is not a report of a finished run */
  parse(report: JsonReport, context: ParseContext): Promise<ParsedReport>;
}

export function emptyFacts(category = ''): ReportFacts {
  return {
    category,
    toolName: null,
    toolVersion: null,
    options: null,
    targets: new Set(),
    images: new Set(),
    warnings: [],
    read: 0,
    unread: 0,
  };
}

/**
 * The entries of a list, or of an object by name, that are objects; everything else is counted as unread. Nothing, or
 * null, holds no entries.
 */
export async function* entriesIn(
  report: JsonReport,
  part: unknown,
  facts: ReportFacts,
  kind: 'array' | 'object' = 'array',
): AsyncGenerator<{ key: string; value: Readonly<Record<string, unknown>> }> {
  if (part === undefined || part === null) return;
  if (!report.isContainer(part, kind)) {
    facts.unread += 1;
    return;
  }
  for await (const { key, value } of report.members(part)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      yield { key, value: value as Readonly<Record<string, unknown>> };
    else facts.unread += 1;
  }
}

/** Hands a finding on and counts it; null is an entry that was not understood. */
export function* counted(facts: ReportFacts, finding: ReportedFinding | null): Generator<ReportedFinding> {
  if (finding === null) {
    facts.unread += 1;
    return;
  }
  facts.read += 1;
  yield finding;
}
