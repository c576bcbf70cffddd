import { readTenant } from '@/db/scope';
import { isoOfMicroseconds } from '@/lib/platform/audit/sealable-rows';
import type { Actor } from '@/lib/platform/auth/contract';
import type { Fault, VerifiedLog } from '../contract';
import { equalBytes, fromBase64, toBase64 } from '../tlog/bytes';
import { CompactRange, type NodeId, nodesOf } from '../tlog/merkle';
import type { SliceJob, TailResult } from './check-slice';
import { type Classified, classifyDifferences, classifyExtra, type SealingState } from './classify';
import { checkNote, type KeyRing } from './key-ring';
import { type BatchHeader, planSlices, type Slice } from './plan';
import {
  type RetiredSpan,
  readBatchHeaders,
  readClock,
  readLogs,
  readRestoredEvent,
  readRetiredSpans,
  readStoredHeads,
  type StoredHead,
  type StoredLog,
} from './read-logs';
import type { ChangedRow, ExtraRow, MissingLeaf, SliceResult } from './slice-result';

/** Checks slices, here or in other threads. */
export interface SliceRunner {
  /** How many at once. */
  width: number;
  check(job: SliceJob): Promise<SliceResult>;
  tail(tenantId: string, from: number, snapshot: string | null, size: number): Promise<TailResult>;
}

/** What was found so far: enough to go on from in another process. */
export interface TenantProgress {
  /** Slices that are done. */
  done: number;
  parts: Record<number, string[]>;
  rows: number;
  leaves: number;
  erased: number;
  before: number;
  lateCount: number;
  late: number[];
  missing: Record<number, MissingLeaf[]>;
  changed: Record<number, ChangedRow[]>;
  extra: ExtraRow[];
  unlisted: number;
  faults: Fault[];
}

export const noProgress = (): TenantProgress => ({
  ...{ done: 0, parts: {}, rows: 0, leaves: 0, erased: 0, before: 0, lateCount: 0, late: [] },
  ...{ missing: {}, changed: {}, extra: [], unlisted: 0, faults: [] },
});

export interface TenantVerification {
  progress: TenantProgress;
  logs: VerifiedLog[];
  heads: StoredHead[];
  faults: Fault[];
  retired: number;
  pending: number;
  unexplained: Pick<Classified, 'missing'> & { extra: { row: ExtraRow; fault: Fault }[] };
}

export interface TenantOptions {
  actor: Actor;
  runner: SliceRunner;
  ring: KeyRing;
  progress: TenantProgress;
  /** Hears after each slice. */
  onProgress(progress: TenantProgress): Promise<void>;
}

interface Stored {
  logs: StoredLog[];
  batches: BatchHeader[];
  heads: StoredHead[];
  retired: RetiredSpan[];
}

const nodeLevels = (begin: number, end: number): NodeId[] => nodesOf({ begin, end });

/** A range that begins at a slice, with the parts of what follows: those of a slice are perfect subtrees. */
function extended(
  range: CompactRange,
  begin: number,
  end: number,
  parts: readonly string[],
): CompactRange | null {
  const next = range.clone();
  const nodes = nodeLevels(begin, end);
  for (const [i, part] of parts.entries()) {
    const [hash, node] = [fromBase64(part), nodes[i]];
    if (!hash || !node) return null;
    next.append(hash, node.level);
  }
  return next.size === end ? next : null;
}

class TenantCheck {
  readonly faults: Fault[] = [];

  constructor(
    private readonly options: TenantOptions,
    private readonly stored: Stored,
  ) {}

  private get tenantId(): string {
    return this.options.actor.tenantId;
  }

  private fault(kind: Fault['kind'], origin: string, index: number | null, message: string): Fault {
    return { kind, tenantId: this.tenantId, origin, index, eventId: null, message };
  }

  private originOf(incarnation: number): string {
    return this.stored.logs.find((log) => log.incarnation === incarnation)?.origin ?? '?';
  }

  /** Batches must follow each other up to the size of their log: before anything is compared. */
  checkBatches(): void {
    for (const { incarnation, origin, size } of this.stored.logs) {
      let next = 0;
      for (const batch of this.stored.batches.filter((each) => each.incarnation === incarnation)) {
        if (batch.firstIndex !== next) break;
        next += batch.leaves;
      }
      if (next === size) continue;
      this.faults.push(
        this.fault(
          'tree_forked',
          origin,
          next,
          `The tree has ${size} leaves, but its hashes end at leaf ${next}.`,
        ),
      );
    }
  }

  async runSlices(slices: readonly Slice[], snapshot: string | null): Promise<void> {
    const { runner, progress, onProgress } = this.options;
    const waiting: Promise<SliceResult>[] = [];
    let next = progress.done;
    const fill = () => {
      while (waiting.length < runner.width && next < slices.length) {
        const slice = slices[next++];
        if (slice) waiting.push(runner.check(this.jobOf(slice, snapshot)));
      }
    };
    for (fill(); waiting.length > 0; fill()) {
      const result = await waiting.shift();
      if (result) this.add(result);
      progress.done += 1;
      await onProgress(progress);
    }
  }

  private jobOf(slice: Slice, snapshot: string | null): SliceJob {
    const headSizes = this.stored.heads
      .filter(
        ({ incarnation, size }) =>
          incarnation === slice.incarnation && size > slice.begin && size <= slice.end,
      )
      .map(({ size }) => size);
    const log = this.stored.logs.find(({ incarnation }) => incarnation === slice.incarnation);
    return { tenantId: this.tenantId, slice, snapshot, headSizes, firstPass: log?.firstPass ?? 0 };
  }

  private add(result: SliceResult): void {
    const { progress } = this.options;
    const { incarnation, begin, end } = result;
    progress.rows += result.rows;
    progress.leaves += end - begin;
    progress.erased += result.erased;
    progress.before += result.before;
    progress.lateCount += result.lateCount;
    progress.late.push(...result.late.slice(0, Math.max(0, 20 - progress.late.length)));
    progress.missing[incarnation] = [...(progress.missing[incarnation] ?? []), ...result.missing];
    progress.changed[incarnation] = [...(progress.changed[incarnation] ?? []), ...result.changed];
    progress.extra.push(...result.extra);
    progress.unlisted += result.more.missing + result.more.changed + result.more.extra;
    for (const tile of result.wrongTiles.slice(0, 5)) {
      const message = `Tile ${tile} does not hold the root of its leaves.`;
      progress.faults.push(this.fault('tree_forked', this.originOf(incarnation), tile * 256, message));
    }
    this.addTree(result);
  }

  /** The slices of a tree come in order, so what came before is whole. */
  private addTree({ incarnation, begin, end, parts, heads }: SliceResult): void {
    const { progress } = this.options;
    const before = rangeOfParts(begin, progress.parts[incarnation] ?? []);
    const whole = before && extended(before, begin, end, parts);
    if (!before || !whole) return;
    progress.parts[incarnation] = whole.parts.map(toBase64);
    for (const head of heads) {
      const stored = this.stored.heads.find(
        (each) => each.incarnation === incarnation && each.size === head.size,
      );
      const range = extended(before, begin, head.size, head.parts);
      if (!stored || !range || equalBytes(range.root(), stored.root)) continue;
      const message = `The tree of ${head.size} leaves is not the one that was published on ${new Date(stored.publishedMs).toISOString()}.`;
      progress.faults.push(this.fault('tree_forked', this.originOf(incarnation), head.size, message));
    }
  }

  /** Heads of trees that are larger than what is left, and the newest note. */
  checkHeads(): VerifiedLog[] {
    return this.stored.logs.map(({ incarnation, origin, size }) => {
      const heads = this.stored.heads.filter((head) => head.incarnation === incarnation);
      const newest = heads.at(-1);
      if (newest && newest.size > size) {
        const message = `A checkpoint of ${newest.size} leaves was published, and the tree has ${size}.`;
        this.faults.push(this.fault('tree_forked', origin, size, message));
      }
      const signed = heads.findLast(({ note }) => note !== null);
      if (signed) this.checkSigned(origin, signed);
      return {
        ...{ tenantId: this.tenantId, origin, incarnation, leaves: size },
        checkpoint: newest ? { size: newest.size, root: toBase64(newest.root) } : null,
      };
    });
  }

  private checkSigned(origin: string, { note, size, root }: StoredHead): void {
    const checked = checkNote(note ?? '', this.options.ring);
    if (checked.problem !== null) {
      this.faults.push(
        this.fault('unknown_signer', origin, size, `The checkpoint of size ${size}: ${checked.problem}`),
      );
      return;
    }
    const { checkpoint } = checked;
    if (checkpoint.origin === origin && checkpoint.size === size && equalBytes(checkpoint.root, root)) return;
    this.faults.push(
      this.fault(
        'tree_forked',
        origin,
        size,
        `What is signed for size ${size} is another tree than the one on record.`,
      ),
    );
  }

  /** What a restore lost is named; what is said of it must be what was sealed. */
  async checkRestorations(): Promise<void> {
    const { logs } = this.stored;
    for (const [i, log] of logs.entries()) {
      if (!log.restored) continue;
      const { found, lost, source, eventId } = log.restored;
      const before = logs[i - 1];
      const event = await readTenant(this.options.actor, (tx) =>
        readRestoredEvent(tx, this.tenantId, eventId),
      );
      const isSame = event !== null && sameJson(pickRestored(event), pickRestored(log.restored));
      if (!isSame || before?.size !== found.size || before.origin !== found.origin) {
        const message = 'What is on record about the restore is not what was sealed as the first leaf.';
        this.faults.push(this.fault('tree_forked', log.origin, 0, message));
      }
      if (lost === null) {
        const message = `A restore may have lost leaves from ${found.size} on: nothing outside the database kept the size of this tree.`;
        this.faults.push({ ...this.fault('lost_in_restore', found.origin, found.size, message) });
      }
      for (const { origin, from, to } of lost ?? []) {
        const message = `Leaves ${from} to ${to - 1} were lost in the restore found on ${log.restored ? source : ''}.`;
        this.faults.push({ ...this.fault('lost_in_restore', origin, from, message), until: to });
      }
    }
  }
}

const pickRestored = ({
  checkpoint,
  found,
  lost,
}: Pick<NonNullable<StoredLog['restored']>, 'checkpoint' | 'found' | 'lost'>) => ({
  checkpoint,
  found: { origin: found.origin, size: found.size, root: found.root },
  lost: lost?.map(({ origin, from, to }) => ({ origin, from, to })) ?? null,
});

const sameJson = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function rangeOfParts(size: number, parts: readonly string[]): CompactRange | null {
  const hashes = parts.map(fromBase64).filter((hash) => hash !== null);
  return hashes.length === nodeLevels(0, size).length ? CompactRange.of(size, hashes) : null;
}

/** Leaves whose events were dropped by policy are no faults, as many as the policy says it dropped. */
function withoutRetired(missing: Record<number, MissingLeaf[]>, spans: readonly RetiredSpan[]) {
  let retired = 0;
  const left: Record<number, MissingLeaf[]> = {};
  const room = spans.map(({ leaves }) => leaves);
  for (const [incarnation, leaves] of Object.entries(missing)) {
    left[Number(incarnation)] = leaves.filter(({ time }) => {
      const ms = Date.parse(`${isoOfMicroseconds(time).slice(0, 23)}Z`);
      const n = spans.findIndex(({ fromMs, toMs }, i) => ms >= fromMs && ms < toMs && (room[i] ?? 0) > 0);
      if (n < 0) return true;
      room[n] = (room[n] ?? 0) - 1;
      retired += 1;
      return false;
    });
  }
  return { left, retired };
}

/** Verifies every tree of one tenant against its rows, its checkpoints and their signatures. */
export async function verifyTenant(options: TenantOptions): Promise<TenantVerification> {
  const { actor, runner, progress } = options;
  const { tenantId } = actor;
  const stored = await readTenant(actor, async (tx) => ({
    logs: await readLogs(tx, tenantId),
    batches: await readBatchHeaders(tx, tenantId),
    heads: await readStoredHeads(tx, tenantId),
    retired: await readRetiredSpans(tx, tenantId),
    nowMs: await readClock(tx),
  }));
  const check = new TenantCheck(options, stored);
  const newest = stored.logs.at(-1);
  const { slices, tailFrom } = planSlices(stored.batches);
  check.checkBatches();
  await check.runSlices(slices, newest?.snapshot ?? null);
  const tail = await runner.tail(tenantId, tailFrom, newest?.snapshot ?? null, newest?.size ?? 0);
  const logs = check.checkHeads();
  await check.checkRestorations();

  const { left, retired } = withoutRetired(progress.missing, stored.retired);
  const trees = stored.logs.map(({ incarnation, origin }) => ({
    ...{ tenantId, origin, missing: left[incarnation] ?? [], changed: progress.changed[incarnation] ?? [] },
  }));
  const classified = classifyDifferences(trees, [...progress.extra, ...tail.oldest]);
  const state: SealingState = {
    ...{
      tenantId,
      origin: newest?.origin ?? '',
      snapshotMs: newest?.snapshotMs ?? null,
      nowMs: stored.nowMs,
    },
  };
  const extra = classified.extra.flatMap((row) => {
    const fault = classifyExtra(row, state);
    return fault ? [{ row, fault }] : [];
  });
  return {
    ...{ progress, logs, heads: stored.heads, retired },
    faults: [...check.faults, ...progress.faults, ...classified.faults, ...extra.map(({ fault }) => fault)],
    pending: classified.extra.length - extra.length + tail.count - tail.oldest.length,
    unexplained: { missing: classified.missing, extra },
  };
}
