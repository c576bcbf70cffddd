import type { RawTx } from '@/db/raw-scope';
import { isoOfMicroseconds } from '@/lib/platform/audit/sealable-rows';
import { TreeHasher } from '../bulk/tree-hasher';
import { type CompactRange, HASH_BYTES, type NodeVisitor } from '../tlog/merkle';
import { TILE_WIDTH } from '../tlog/tiles';
import { encodePlaces, type Places } from './places';

const TILE_LEVELS = 8;
const DAY_US = 86_400_000_000;

export interface NewLeaves extends Places {
  hashes: Uint8Array;
  /** 16 bytes for each leaf, or none at all. */
  salts: Uint8Array;
}

export interface LogAddress {
  tenantId: string;
  incarnation: number;
}

const trees = new TreeHasher();

/** A batch spans a day at most, so that the batch of an event is found by its time. */
function spansOf(times: Float64Array): { begin: number; end: number }[] {
  const spans: { begin: number; end: number }[] = [];
  for (let begin = 0; begin < times.length; ) {
    let end = begin + 1;
    while (end < times.length && (times[end] ?? 0) - (times[begin] ?? 0) < DAY_US) end += 1;
    spans.push({ begin, end });
    begin = end;
  }
  return spans;
}

/** Appends leaf by leaf up to a full tile, then tile by tile. */
function extend(range: CompactRange, hashes: Uint8Array, leaves: number, visit: NodeVisitor): void {
  for (let n = 0; n < leaves; ) {
    if (range.size % TILE_WIDTH === 0 && leaves - n >= TILE_WIDTH) {
      range.append(trees.root(hashes, n, TILE_WIDTH), TILE_LEVELS, visit);
      n += TILE_WIDTH;
    } else {
      range.append(hashes.slice(n * HASH_BYTES, (n + 1) * HASH_BYTES), 0, visit);
      n += 1;
    }
  }
}

async function insertBatch(
  tx: RawTx,
  { tenantId, incarnation }: LogAddress,
  firstIndex: number,
  leaves: NewLeaves,
  { begin, end }: { begin: number; end: number },
): Promise<void> {
  const times = leaves.times.subarray(begin, end);
  const firstTime = times[0] ?? 0;
  const places = encodePlaces({ times, tags: leaves.tags.subarray(begin, end) }, firstTime);
  const saltBytes = leaves.salts.length / leaves.times.length;
  await tx`
    insert into public.audit_batch (tenant_id, incarnation, first_index, leaves, first_at, last_at, places, hashes, salts)
    values (${tenantId}::uuid, ${incarnation}::smallint, ${firstIndex}::bigint, ${end - begin}::integer,
      ${isoOfMicroseconds(firstTime)}::timestamptz, ${isoOfMicroseconds(times.at(-1) ?? 0)}::timestamptz, ${places}::bytea,
      ${leaves.hashes.subarray(begin * HASH_BYTES, end * HASH_BYTES)}::bytea,
      ${leaves.salts.subarray(begin * saltBytes, end * saltBytes)}::bytea)`;
}

async function insertNodes(
  tx: RawTx,
  { tenantId, incarnation }: LogAddress,
  nodes: readonly { level: number; index: number; hash: Uint8Array }[],
): Promise<void> {
  if (nodes.length === 0) return;
  await tx`
    insert into public.audit_node (tenant_id, incarnation, level, index, hash)
    select ${tenantId}::uuid, ${incarnation}::smallint, n.level, n.index, decode(n.hash, 'hex')
    from unnest(${nodes.map(({ level }) => level)}::smallint[], ${nodes.map(({ index }) => index)}::bigint[],
      ${nodes.map(({ hash }) => Buffer.from(hash).toString('hex'))}::text[]) as n(level, index, hash)`;
}

/** Stores leaves behind the end of the tree, and moves `range` there. The caller holds the log's row. */
export async function appendLeaves(
  tx: RawTx,
  log: LogAddress,
  range: CompactRange,
  leaves: NewLeaves,
): Promise<void> {
  const first = range.size;
  const nodes: { level: number; index: number; hash: Uint8Array }[] = [];
  extend(range, leaves.hashes, leaves.times.length, ({ level, index }, hash) => {
    if (level > 0 && level % TILE_LEVELS === 0) nodes.push({ level: level / TILE_LEVELS, index, hash });
  });
  for (const span of spansOf(leaves.times)) await insertBatch(tx, log, first + span.begin, leaves, span);
  await insertNodes(tx, log, nodes);
}
