import type postgres from 'postgres';
import type { BlockRow } from '@/lib/access/blocks/contract';
import type { SourceRow } from '@/lib/access/event-sources/contract';
import type { KeyRow, SnapshotFacts, SnapshotQuestion } from './gate-rows';
import {
  SELECT_BLOCKS,
  SELECT_CHANGED,
  SELECT_CLOCK,
  SELECT_KEYS,
  SELECT_REVISIONS,
  SELECT_SOURCES,
} from './gate-sql';

type Connection = postgres.Sql | postgres.TransactionSql;

/** More changed rows than this are not read: it is cheaper to forget the tenant and to look up what is asked for. */
const CHANGED_MAX = 2_000;

/** The database's clock, in Unix milliseconds with fractions. */
export async function readClock(sql: Connection): Promise<number> {
  const [row] = await sql.unsafe<{ nowMs: number }[]>(SELECT_CLOCK, [], { prepare: true });
  if (!row) throw new Error('The clock could not be read');
  return row.nowMs;
}

/** The object id of the type `gate_access_record`, which differs from database to database. */
export async function readRecordOid(sql: Connection): Promise<number> {
  const [row] = await sql<
    { oid: number }[]
  >`select 'public.gate_access_record'::regtype::oid::int8::float8 as oid`;
  if (!row) throw new Error('The type gate_access_record could not be read');
  return row.oid;
}

/** The object id of the type `gate_delivery_record`. */
export async function readDeliveryOid(sql: Connection): Promise<number> {
  const [row] = await sql<
    { oid: number }[]
  >`select 'public.gate_delivery_record'::regtype::oid::int8::float8 as oid`;
  if (!row) throw new Error('The type gate_delivery_record could not be read');
  return row.oid;
}

/** Revisions of these tenants, and of the tenants of these keys and source tokens. */
export async function readRevisions(
  sql: Connection,
  tenantIds: readonly string[],
  publicIds: readonly string[],
  sourceIds: readonly string[] = [],
): Promise<Map<string, number>> {
  const rows = await sql.unsafe<{ tenantId: string; revision: number }[]>(
    SELECT_REVISIONS,
    [[...tenantIds], [...publicIds], [...sourceIds]],
    { prepare: true },
  );
  return new Map(rows.map((row) => [row.tenantId, row.revision]));
}

async function readChanged(
  tx: postgres.TransactionSql,
  tenantIds: string[],
  question: SnapshotQuestion,
): Promise<KeyRow[]> {
  if (tenantIds.length === 0) return [];
  const known = tenantIds.map((tenantId) => question.knownRevision(tenantId) ?? 0);
  return tx.unsafe<KeyRow[]>(SELECT_CHANGED, [tenantIds, known, CHANGED_MAX + 1], { prepare: true });
}

/** The active blocks of the tenants that are not known, or in which a block changed since their revision. */
async function readBlocks(
  tx: postgres.TransactionSql,
  revisions: ReadonlyMap<string, number>,
  question: SnapshotQuestion,
): Promise<Map<string, BlockRow[]>> {
  const known = [...revisions].map(([id, now]) => ({ id, now, known: question.knownRevision(id) ?? -1 }));
  const unsure = known.filter((tenant) => tenant.known !== tenant.now);
  const blocks = new Map<string, BlockRow[]>();
  if (unsure.length === 0) return blocks;
  const since = unsure.map((tenant) => (tenant.known > tenant.now ? -1 : tenant.known));
  const rows = await tx.unsafe<(BlockRow | { tenantId: string; id: null })[]>(
    SELECT_BLOCKS,
    [unsure.map(({ id }) => id), since],
    { prepare: true },
  );
  for (const row of rows) {
    const list = blocks.get(row.tenantId) ?? [];
    if (row.id !== null) list.push(row);
    blocks.set(row.tenantId, list);
  }
  return blocks;
}

function readSources(tx: postgres.TransactionSql, sourceIds: readonly string[]): Promise<SourceRow[]> {
  if (sourceIds.length === 0) return Promise.resolve([]);
  return tx.unsafe<SourceRow[]>(SELECT_SOURCES, [[...sourceIds]], { prepare: true });
}

/** Everything that deciding needs, as one repeatable-read transaction sees it. */
export async function readFacts(
  tx: postgres.TransactionSql,
  question: SnapshotQuestion,
): Promise<SnapshotFacts> {
  const publicIds = [...question.publicIds];
  const [, nowMs, revisions, found, sources] = await Promise.all([
    tx`set local synchronous_commit = on`,
    readClock(tx),
    readRevisions(tx, question.tenantIds, publicIds, question.sourceIds),
    tx.unsafe<KeyRow[]>(SELECT_KEYS, [publicIds], { prepare: true }),
    readSources(tx, question.sourceIds),
  ]);
  const behind: string[] = [];
  const overtaken: string[] = [];
  for (const [tenantId, revision] of revisions) {
    const known = question.knownRevision(tenantId);
    if (known !== undefined && known < revision) behind.push(tenantId);
    if (known !== undefined && known > revision) overtaken.push(tenantId);
  }
  const [changed, blocks] = await Promise.all([
    readChanged(tx, behind, question),
    readBlocks(tx, revisions, question),
  ]);
  const facts = { nowMs, revisions, changed, overtaken, found, sources, blocks };
  return changed.length <= CHANGED_MAX
    ? facts
    : { ...facts, changed: [], overtaken: [...overtaken, ...behind] };
}
