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
  /** Sentences about what could not be read; any of them holds the run. */
  warnings: string[];
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
  isEmpty: boolean;
  sample: Readonly<Record<string, unknown>>;
}

/** One scanner's reports. A new tool is one file with one of these, listed in `detect.ts`. */
export interface ReportParser {
  tool: Tool;
  /** Arrays and objects that may be long, as paths below the root or the items of a root list: they are read item by item. */
  streamed: readonly string[];
  /** What nothing reads. */
  skipped: readonly string[];
  recognises(shape: ReportShape): boolean;
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
  };
}
