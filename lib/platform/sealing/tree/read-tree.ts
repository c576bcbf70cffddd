import { sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { concat } from '../tlog/bytes';
import {
  consistencyRanges,
  foldRight,
  HASH_BYTES,
  inclusionRanges,
  type LeafRange,
  type NodeId,
  nodeHash,
  nodesOf,
} from '../tlog/merkle';
import { TILE_WIDTH, tileHash, tileOfNode, tileWidth } from '../tlog/tiles';

export interface LogAddress {
  tenantId: string;
  incarnation: number;
}

/** Part of a column of hashes or salts, from the batches that hold the leaves `[begin, end)`. */
async function readLeafBytes(
  tx: ReadTx,
  { tenantId, incarnation }: LogAddress,
  { begin, end }: LeafRange,
): Promise<Uint8Array> {
  const rows = await tx.execute<{ bytes: Buffer }>(sql`
    select substring(hashes from (greatest(0, ${begin}::bigint - first_index) * ${HASH_BYTES} + 1)::integer
      for (${HASH_BYTES} * (least(first_index + leaves, ${end}::bigint) - greatest(first_index, ${begin}::bigint)))::integer)
      as bytes
    from public.audit_batch where tenant_id = ${tenantId}::uuid and incarnation = ${incarnation}::smallint
      and first_index < ${end}::bigint and first_index >= coalesce((
        select max(b.first_index) from public.audit_batch b where b.tenant_id = ${tenantId}::uuid
          and b.incarnation = ${incarnation}::smallint and b.first_index <= ${begin}::bigint), 0)
      and first_index + leaves > ${begin}::bigint
    order by first_index`);
  return concat(...rows.map(({ bytes }) => bytes));
}

/** @returns null where the tree of `size` leaves has no such tile, or its hashes are gone */
export async function readTile(
  tx: ReadTx,
  log: LogAddress,
  level: number,
  index: number,
  size: number,
): Promise<Uint8Array | null> {
  const width = tileWidth(level, index, size);
  if (width === 0) return null;
  const begin = index * TILE_WIDTH;
  const bytes = level === 0 ? await readLeafBytes(tx, log, { begin, end: begin + width }) : await readNodes();
  return bytes.length === width * HASH_BYTES ? bytes : null;

  async function readNodes(): Promise<Uint8Array> {
    const rows = await tx.execute<{ hash: Buffer }>(sql`
      select hash from public.audit_node where tenant_id = ${log.tenantId}::uuid
        and incarnation = ${log.incarnation}::smallint and level = ${level}::smallint
        and index >= ${begin}::bigint and index < ${begin + width}::bigint order by index`);
    return concat(...rows.map(({ hash }) => hash));
  }
}

function perfectRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      nodeHash(level[2 * i] ?? new Uint8Array(), level[2 * i + 1] ?? new Uint8Array()),
    );
  }
  return level[0] ?? new Uint8Array();
}

/** The hashes over ranges of a tree, from its tiles, each of which is read once. */
async function hashRanges(
  tx: ReadTx,
  log: LogAddress,
  size: number,
  ranges: readonly LeafRange[],
): Promise<Uint8Array[]> {
  const tiles = new Map<string, Uint8Array>();
  const tileOf = async (level: number, index: number): Promise<Uint8Array> => {
    const key = `${level}/${index}`;
    const known = tiles.get(key) ?? (await readTile(tx, log, level, index, size));
    if (!known) throw new Error(`Tile ${key} of the log of ${log.tenantId} is missing.`);
    tiles.set(key, known);
    return known;
  };
  const hashOf = async (node: NodeId): Promise<Uint8Array> => {
    const { level, index, begin, end } = tileOfNode(node);
    const tile = await tileOf(level, index);
    return perfectRoot(Array.from({ length: end - begin }, (_, i) => tileHash(tile, begin + i)));
  };
  const hashes: Uint8Array[] = [];
  for (const range of ranges) {
    const nodes: Uint8Array[] = [];
    for (const node of nodesOf(range)) nodes.push(await hashOf(node));
    hashes.push(foldRight(nodes));
  }
  return hashes;
}

/** From the leaf's sibling to the root's child. */
export function readInclusionProof(
  tx: ReadTx,
  log: LogAddress,
  index: number,
  size: number,
): Promise<Uint8Array[]> {
  return hashRanges(tx, log, size, inclusionRanges(index, size));
}

/** The hashes of perfect subtrees that lie within the tree of `size` leaves. */
export function readSubtrees(
  tx: ReadTx,
  log: LogAddress,
  size: number,
  nodes: readonly NodeId[],
): Promise<Uint8Array[]> {
  const rangeOf = ({ level, index }: NodeId) => ({
    begin: index * 2 ** level,
    end: (index + 1) * 2 ** level,
  });
  return hashRanges(tx, log, size, nodes.map(rangeOf));
}

export function readConsistencyProof(
  tx: ReadTx,
  log: LogAddress,
  old: number,
  size: number,
): Promise<Uint8Array[]> {
  return old === 0 ? Promise.resolve([]) : hashRanges(tx, log, size, consistencyRanges(old, size));
}

/** The root of the tree when it had `size` leaves, computed from its hashes. */
export async function readRoot(tx: ReadTx, log: LogAddress, size: number): Promise<Uint8Array> {
  const [root] = await hashRanges(tx, log, size, [{ begin: 0, end: size }]);
  if (!root) throw new Error('The tree has no root.');
  return root;
}
