import { hash } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { Tool } from './contract';
import { findingKey } from './identity';
import type { Occurrence, ReportedFinding, ReportedVerdict } from './parsers/parser';
import type { OpenReport } from './read-report';

/** More than any team can work; what is beyond is said in a warning, which holds the run. */
export const FINDINGS_MAX = 250_000;
const OCCURRENCES_MAX = 1_000;
const BUFFER_BYTES = 1024 * 1024;
const DIGEST_LENGTH = 24;

/** One finding of the report: where its text lies in the spool, and what it is compared by. */
export interface Entry {
  key: string;
  /** Keys under the other names of the same vulnerability. */
  otherKeys: readonly string[] | null;
  digest: string;
  /** Of members of a group; undefined for what is one finding however often it is listed. */
  line: number | null | undefined;
  offset: number;
  length: number;
}

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
  readonly entries: Entry[] = [];
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
    if (this.entries.length === FINDINGS_MAX) {
      this.isTruncated = true;
      return;
    }
    const bytes = Buffer.from(JSON.stringify(finding));
    const [id, ...otherIds] = finding.ids;
    this.entries.push({
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
    this.entries.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.digest < b.digest ? -1 : 1));
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

/** Entries of the same key are one finding; members of a group stay apart. */
export function* groupsOf(entries: readonly Entry[]): Generator<Observed[]> {
  for (let from = 0; from < entries.length; ) {
    const key = entries[from]?.key ?? '';
    let to = from + 1;
    while (entries[to]?.key === key) to += 1;
    const group = entries.slice(from, to);
    from = to;
    const otherKeys = [...new Set(group.flatMap((entry) => entry.otherKeys ?? []))];
    if (group[0]?.line === undefined) {
      const digests = [...new Set(group.map((entry) => entry.digest))];
      const digest = digests.length === 1 ? (digests[0] ?? '') : shortDigest(digests.join());
      yield [{ key, otherKeys, digest, line: null, isMember: false, entries: group }];
    } else {
      yield group.map((entry) => ({
        key,
        otherKeys,
        digest: entry.digest,
        line: entry.line ?? null,
        isMember: true,
        entries: [entry],
      }));
    }
  }
}

/**
 * Reads a whole report into a spool.
 * @param onProgress called now and then with the number of findings so far
 * @throws ReportProblem where the report ends badly
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
      await onProgress(spool.entries.length);
      reportedAtMs = performance.now();
    }
    if (spool.isTruncated) report.facts.warnings.push(`Only the first ${FINDINGS_MAX} findings were read.`);
    spool.finish();
    return spool;
  } catch (error) {
    spool.close();
    throw error;
  }
}
