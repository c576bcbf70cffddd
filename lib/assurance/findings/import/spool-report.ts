import { hash } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { FindingKind, Tool } from '@/lib/assurance/findings/contract';
import type {
  Occurrence,
  ReportedFinding,
  ReportedVerdict,
  ReportFacts,
} from '@/lib/assurance/findings/parsers/parser';
import { ReportProblem } from '@/lib/assurance/findings/parsers/report-problem';
import { findingKey } from './identity';
import type { OpenReport } from './read-report';
import { type Entry, SpoolIndex } from './spool-index';

/** More than any team can work; what is beyond is said in a warning, which holds the run. */
export const FINDINGS_MAX = 250_000;
const OCCURRENCES_MAX = 1_000;
const BUFFER_BYTES = 1024 * 1024;
const DIGEST_LENGTH = 24;
const NONE: readonly string[] = [];

/** One finding after what the report lists twice was put together. */
export interface Observed {
  key: string;
  otherKeys: readonly string[];
  digest: string;
  line: number | null;
  isMember: boolean;
  entries: readonly Entry[];
}

const shortDigest = (text: string | Buffer) => hash('sha256', text).slice(0, DIGEST_LENGTH);

/**
 * A report's findings on disk, sorted by key in memory: a hundred thousand of them are compared without being held, and
 * a report that ends badly has touched nothing.
 */
export class Spool {
  readonly index = new SpoolIndex();
  /** Entries by kind; those that are listed twice count twice. */
  readonly kinds: Partial<Record<FindingKind, number>> = {};
  private readonly file: number;
  private readonly pending = Buffer.allocUnsafe(BUFFER_BYTES);
  private pendingBytes = 0;
  private size = 0;
  isTruncated = false;

  constructor(private readonly path: string) {
    this.file = openSync(path, 'wx+', 0o600);
  }

  private flush(): void {
    writeSync(this.file, this.pending, 0, this.pendingBytes);
    this.pendingBytes = 0;
  }

  private append(bytes: Buffer): number {
    const offset = this.size;
    if (this.pendingBytes + bytes.length > BUFFER_BYTES) this.flush();
    if (bytes.length > BUFFER_BYTES) writeSync(this.file, bytes);
    else this.pendingBytes += bytes.copy(this.pending, this.pendingBytes);
    this.size += bytes.length;
    return offset;
  }

  add(finding: ReportedFinding, assetId: string, tool: Tool): void {
    if (this.index.length === FINDINGS_MAX) {
      this.isTruncated = true;
      return;
    }
    this.kinds[finding.kind] = (this.kinds[finding.kind] ?? 0) + 1;
    const bytes = Buffer.from(JSON.stringify(finding));
    const [id, ...otherIds] = finding.ids;
    this.index.add({
      key: findingKey(assetId, tool, finding, id),
      otherKeys:
        otherIds.length === 0 ? null : otherIds.map((other) => findingKey(assetId, tool, finding, other)),
      digest: shortDigest(bytes),
      line: finding.isMember ? (finding.line ?? null) : undefined,
      offset: this.append(bytes),
      length: bytes.length,
    });
  }

  /** Call once after the last `add`. The order does not depend on the order of the report. */
  finish(): void {
    this.flush();
    this.index.sort();
  }

  private read({ offset, length }: Entry): ReportedFinding {
    const bytes = Buffer.allocUnsafe(length);
    readSync(this.file, bytes, 0, length, offset);
    return JSON.parse(bytes.toString());
  }

  /** The finding with the places of all its entries; where they judge it differently, nobody judged it. */
  load(observed: Observed): ReportedFinding {
    const [first, ...others] = observed.entries.map((entry) => this.read(entry));
    if (!first) throw new Error('a finding without an entry');
    const occurrences = new Map<string, Occurrence>();
    for (const one of [first, ...others].flatMap((each) => each.occurrences)) {
      if (occurrences.size < OCCURRENCES_MAX) occurrences.set(JSON.stringify(one), one);
    }
    const verdicts = [first, ...others].map((each) => each.verdict);
    const { verdict: _verdict, ...rest } = first;
    const verdict = agreed(verdicts);
    const sorted = [...occurrences].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
    return { ...rest, occurrences: sorted, ...(verdict ? { verdict } : {}) };
  }

  close(): void {
    closeSync(this.file);
    rmSync(this.path, { force: true });
  }
}

function agreed(verdicts: readonly (ReportedVerdict | undefined)[]): ReportedVerdict | undefined {
  const confirmed = verdicts.find((verdict) => verdict?.decision === 'confirmed');
  if (confirmed) return confirmed;
  const [first] = verdicts;
  return verdicts.every((verdict) => verdict?.decision === first?.decision) ? first : undefined;
}

/** What the report holds under one key, from a place of the index on: one finding, or the members of a group. */
export function groupAt(index: SpoolIndex, place: number): Observed[] {
  const end = index.endOfKey(place);
  const group = Array.from({ length: end - place }, (_, i) => index.at(place + i));
  const [first] = group;
  if (!first) return [];
  const { key } = first;
  const otherKeys =
    group.length === 1
      ? (first.otherKeys ?? NONE)
      : [...new Set(group.flatMap((entry) => entry.otherKeys ?? []))];
  if (first.line !== undefined) {
    return group.map((entry) => {
      const line = entry.line ?? null;
      return { key, otherKeys, digest: entry.digest, line, isMember: true, entries: [entry] };
    });
  }
  const digests = [...new Set(group.map((entry) => entry.digest))];
  const digest = digests.length === 1 ? first.digest : shortDigest(digests.join());
  return [{ key, otherKeys, digest, line: null, isMember: false, entries: group }];
}

/** The places at which groups begin, in the order of their keys. */
export function* placesOf(index: SpoolIndex): Generator<number> {
  for (let place = 0; place < index.length; place = index.endOfKey(place)) yield place;
}

/** What could not be read makes the run incomplete; where that is everything there is no report. */
function judgeReading(facts: ReportFacts, isTruncated: boolean): void {
  if (isTruncated) facts.warnings.push(`Only the first ${FINDINGS_MAX} findings were read.`);
  if (facts.unread === 0) return;
  const entries = facts.unread === 1 ? '1 entry' : `${facts.unread} entries`;
  if (facts.read === 0)
    throw new ReportProblem(
      `Nothing in this report could be read: ${entries} in a form that ${facts.toolName ?? 'the tool'} is not known to write. Upload the file as the scanner wrote it.`,
    );
  facts.warnings.push(`${entries} of the report could not be read.`);
}

/**
 * Reads a whole report into a spool.
 * @param onProgress called now and then with the number of findings so far
 * @throws ReportProblem where the report ends badly, or nothing of it could be read
 */
export async function spoolReport(
  report: OpenReport,
  assetId: string,
  path: string,
  onProgress: (found: number) => Promise<void>,
): Promise<Spool> {
  const spool = new Spool(path);
  try {
    let reportedAtMs = performance.now();
    for await (const finding of report.findings) {
      spool.add(finding, assetId, report.tool);
      if (performance.now() - reportedAtMs < 1_000) continue;
      await onProgress(spool.index.length);
      reportedAtMs = performance.now();
    }
    judgeReading(report.facts, spool.isTruncated);
    spool.finish();
    return spool;
  } catch (error) {
    spool.close();
    throw error;
  }
}
