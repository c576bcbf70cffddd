import { type RawTx, rawTenant } from '@/db/raw-scope';
import { COLUMN, isoOfMicroseconds, SealableRows } from '@/lib/platform/audit/sealable-rows';
import { LeafHasher } from '../bulk/leaf-hasher';
import { eventOfRow } from '../bulk/row-event';
import { TreeHasher } from '../bulk/tree-hasher';
import { encodeLeaf } from '../leaf/encode-leaf';
import { type FieldOpenings, SALT_BYTES } from '../leaf/sealed-event';
import { isVisible, parseSnapshot } from '../seal/snapshots';
import { equalBytes, toBase64 } from '../tlog/bytes';
import { CompactRange, HASH_BYTES, leafHash, type NodeVisitor } from '../tlog/merkle';
import { TILE_WIDTH } from '../tlog/tiles';
import { matchRows } from './match';
import type { Slice, TimeSpan } from './plan';
import { type ExtraRow, LISTED_MAX, type MissingLeaf, type SliceResult } from './slice-result';
import { readLeaves, readOtherPlaces, readSpan, readTail, readTimes, type SliceLeaves } from './slice-rows';

const TILE_LEVELS = 8;
/** An event that was sealed so long after its time stands out. */
const LATE_US = 3_600_000_000;
const LATE_LISTED_MAX = 20;

export interface SliceJob {
  tenantId: string;
  slice: Slice;
  /** What the newest incarnation had sealed; null before its first pass. */
  snapshot: string | null;
  /** Sizes of checkpoints within the slice, ascending. */
  headSizes: number[];
  /** Leaves of the tree's first pass: late by nature. */
  firstPass: number;
}

const trees = new TreeHasher();
let hasher: { tenantId: string; hasher: LeafHasher } | undefined;
function hasherOf(tenantId: string): LeafHasher {
  if (hasher?.tenantId !== tenantId) hasher = { tenantId, hasher: new LeafHasher(tenantId) };
  return hasher.hasher;
}

const hashAt = (leaves: SliceLeaves, i: number) =>
  leaves.hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
const saltAt = (leaves: SliceLeaves, i: number) =>
  leaves.salts.subarray(i * SALT_BYTES, (i + 1) * SALT_BYTES);

/** Without a view of each: this is done for every leaf. */
function isSameHash(a: Uint8Array, i: number, b: Uint8Array, j: number): boolean {
  for (let k = 0; k < HASH_BYTES; k++) if (a[i * HASH_BYTES + k] !== b[j * HASH_BYTES + k]) return false;
  return true;
}

class SliceCheck {
  readonly result: SliceResult;

  constructor(
    private readonly tx: RawTx,
    private readonly job: SliceJob,
    private readonly leaves: SliceLeaves,
  ) {
    const { incarnation, begin, end } = job.slice;
    this.result = {
      ...{ incarnation, begin, end, rows: 0, erased: 0, missing: [], changed: [], extra: [] },
      more: { missing: 0, changed: 0, extra: 0 },
      ...{ before: 0, late: [], lateCount: 0, parts: [], heads: [], wrongTiles: [] },
    };
  }

  private leafAt(i: number): MissingLeaf {
    const { leaves, job } = this;
    return {
      index: job.slice.begin + i,
      time: leaves.times[i] ?? 0,
      tag: leaves.tags[i] ?? 0,
      salt: toBase64(saltAt(leaves, i)),
      hash: toBase64(hashAt(leaves, i)),
    };
  }

  private list<K extends 'missing' | 'changed' | 'extra'>(kind: K, item: () => SliceResult[K][number]): void {
    const list: unknown[] = this.result[kind];
    if (list.length < LISTED_MAX) list.push(item());
    else this.result.more[kind] += 1;
  }

  /** Compares leaves with rows that were read for them; leaves that are not found are counted by the caller. */
  async compare(rows: SealableRows, found: Uint8Array, span: TimeSpan | null): Promise<void> {
    const { rowOf, unmatched } = matchRows(this.leaves, rows);
    const openings = await this.openings(rows);
    this.compareContent(rows, rowOf, openings);
    for (let i = 0; i < rowOf.length; i++) if ((rowOf[i] ?? -1) >= 0) found[i] = 1;
    if (span === null || unmatched.length === 0) return;
    const others = await readOtherPlaces(this.tx, this.job.tenantId, this.job.slice, span);
    for (const row of unmatched) {
      if (!others.has(`${rows.time(row)}:${rows.tag(row)}`)) this.noteExtra(rows, row);
    }
  }

  private noteExtra(rows: SealableRows, row: number): void {
    const { tenantId, slice } = this.job;
    const time = rows.time(row);
    const next = this.leaves.times.findIndex((each) => each > time);
    const place = { index: next < 0 ? slice.end : slice.begin + next, isAmongSealed: true };
    this.list('extra', () => extraRowOf(tenantId, rows, row, place, this.job.snapshot));
  }

  /** What is left of the salts of rows of which fields were erased, by id. */
  private async openings(rows: SealableRows): Promise<Map<string, FieldOpenings>> {
    if (rows.length === 0) return new Map();
    const [from, to] = [isoOfMicroseconds(rows.time(0)), isoOfMicroseconds(rows.time(rows.length - 1))];
    const erased = await this.tx<{ id: string; opening: FieldOpenings }[]>`
      select event_id as id, opening from public.audit_erasure where tenant_id = ${this.job.tenantId}::uuid
        and at between ${from}::timestamptz and ${to}::timestamptz`;
    return new Map(erased.map(({ id, opening }) => [id, opening]));
  }

  private compareContent(rows: SealableRows, rowOf: Int32Array, openings: Map<string, FieldOpenings>): void {
    const { leaves, job, result } = this;
    const salts = new Uint8Array(rows.length * SALT_BYTES);
    for (let i = 0; i < rowOf.length; i++) {
      const row = rowOf[i] ?? -1;
      if (row >= 0)
        for (let j = 0; j < SALT_BYTES; j++)
          salts[row * SALT_BYTES + j] = leaves.salts[i * SALT_BYTES + j] ?? 0;
    }
    const hashes = new Uint8Array(rows.length * HASH_BYTES);
    hasherOf(job.tenantId).hash(rows, salts, hashes);
    for (let i = 0; i < rowOf.length; i++) {
      const row = rowOf[i] ?? -1;
      if (row < 0) continue;
      result.rows += 1;
      this.noteLate(i);
      if (isSameHash(hashes, row, leaves.hashes, i)) continue;
      const event = eventOfRow(job.tenantId, rows, row);
      const fields = openings.get(event.id);
      if (fields && equalBytes(leafHash(encodeLeaf(event, { fields })), hashAt(leaves, i)))
        result.erased += 1;
      else this.list('changed', () => ({ ...this.leafAt(i), event }));
    }
  }

  private noteLate(i: number): void {
    const { leaves, job, result } = this;
    if ((leaves.sealedTimes[i] ?? 0) - (leaves.times[i] ?? 0) < LATE_US) return;
    const index = job.slice.begin + i;
    if (index < job.firstPass) result.before += 1;
    else {
      result.lateCount += 1;
      if (result.late.length < LATE_LISTED_MAX) result.late.push(index);
    }
  }

  noteMissing(found: Uint8Array): void {
    for (let i = 0; i < found.length; i++) if (found[i] === 0) this.list('missing', () => this.leafAt(i));
  }

  /** Hashes the leaves up to the slice's own subtrees, past the checkpoints within, and compares the stored tiles. */
  async hashTree(): Promise<void> {
    const { job, leaves, result } = this;
    const { tenantId, slice } = job;
    const count = slice.end - slice.begin;
    const stored = await this.tx<{ index: number; hash: Buffer }[]>`
      select index::float8 as index, hash from public.audit_node where tenant_id = ${tenantId}::uuid
        and incarnation = ${slice.incarnation}::smallint and level = 1 and index >= ${slice.begin / TILE_WIDTH}::bigint
        and index < ${Math.ceil(slice.end / TILE_WIDTH)}::bigint`;
    const tiles = new Map(stored.map(({ index, hash }) => [index, hash]));
    const range = CompactRange.empty();
    const heads = [...job.headSizes];
    const partsOf = (parts: readonly Uint8Array[]) => parts.map(toBase64);
    const compareTile: NodeVisitor = ({ level, index }, hash) => {
      const tile = slice.begin / TILE_WIDTH + index;
      if (level === TILE_LEVELS && !tiles.get(tile)?.equals(hash)) result.wrongTiles.push(tile);
    };
    while (range.size < count) {
      const next = (heads[0] ?? Number.POSITIVE_INFINITY) - slice.begin;
      const isTile = range.size % TILE_WIDTH === 0 && Math.min(count, next) - range.size >= TILE_WIDTH;
      const hash = isTile
        ? trees.root(leaves.hashes, range.size, TILE_WIDTH)
        : hashAt(leaves, range.size).slice();
      range.append(hash, isTile ? TILE_LEVELS : 0, compareTile);
      for (; heads[0] === slice.begin + range.size; heads.shift()) {
        result.heads.push({ size: slice.begin + range.size, parts: partsOf(range.parts) });
      }
    }
    result.parts = partsOf(range.parts);
  }
}

/** Rows behind the last batch: how many there are, and the oldest of them. */
export interface TailResult {
  count: number;
  oldest: ExtraRow[];
}

function extraRowOf(
  tenantId: string,
  rows: SealableRows,
  row: number,
  place: Pick<ExtraRow, 'index' | 'isAmongSealed'>,
  snapshot: string | null,
): ExtraRow {
  const sealed = snapshot === null ? null : parseSnapshot(snapshot);
  const xact = rows.bytes.readBigUInt64BE(rows.start(row, COLUMN.xact));
  return {
    time: rows.time(row),
    tag: rows.tag(row),
    event: eventOfRow(tenantId, rows, row),
    ...place,
    wasCommitted: sealed !== null && isVisible(xact, sealed),
    hadBegun: sealed !== null && xact < sealed.xmax,
  };
}

/** @param from in microseconds since 2000 @param size leaves of the newest tree */
export async function checkTail(
  tenantId: string,
  from: number,
  snapshot: string | null,
  size: number,
): Promise<TailResult> {
  return rawTenant(
    { role: 'app_ro', tenantId, isolation: 'repeatable read', statementTimeoutMs: 0 },
    async (tx) => {
      const { rows, count } = await readTail(tx, tenantId, from, LISTED_MAX);
      return {
        count,
        oldest: Array.from({ length: rows.length }, (_, row) =>
          extraRowOf(tenantId, rows, row, { index: size, isAmongSealed: false }, snapshot),
        ),
      };
    },
  );
}

/** Rows of slices that are done: their memory, tens of megabytes, serves the next ones. */
const spare: SealableRows[] = [];
const takeRows = () => spare.pop() ?? new SealableRows();

/** Compares the rows of a slice with its leaves; rows of other slices in its spans of time are left to them. */
export async function checkSlice(job: SliceJob): Promise<SliceResult> {
  const { tenantId, slice } = job;
  return rawTenant(
    { role: 'app_ro', tenantId, isolation: 'repeatable read', statementTimeoutMs: 0 },
    async (tx) => {
      const leaves = await readLeaves(tx, tenantId, slice);
      const check = new SliceCheck(tx, job, leaves);
      const found = new Uint8Array(slice.end - slice.begin);
      const rows = takeRows();
      for (const span of slice.spans) {
        await readSpan(tx, tenantId, span, rows);
        await check.compare(rows, found, span);
      }
      const listed = leaves.times.filter((_, i) => found[i] === 0);
      if (slice.listed.length > 0 && listed.length > 0) {
        await readTimes(tx, tenantId, listed, rows);
        await check.compare(rows, found, null);
      }
      spare.push(rows);
      check.noteMissing(found);
      await check.hashTree();
      return check.result;
    },
  );
}
