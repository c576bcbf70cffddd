import { sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { SEALABLE_EVENTS } from '@/lib/platform/audit/sealable-rows';
import type { Restoration } from '../publish/restore';
import type { BatchHeader } from './plan';

export interface StoredLog extends Record<string, unknown> {
  incarnation: number;
  origin: string;
  size: number;
  /** Leaves of the first pass, 0 before its end. */
  firstPass: number;
  snapshot: string | null;
  snapshotMs: number | null;
  restored: (Restoration & { entry?: string }) | null;
}

const MICROSECONDS = (column: string) =>
  sql.raw(`((extract(epoch from ${column}) - 946684800) * 1000000)::float8`);

export async function readLogs(tx: ReadTx, tenantId: string): Promise<StoredLog[]> {
  const rows = await tx.execute<StoredLog>(sql`
    select incarnation, origin, size::float8 as size, coalesce(first_pass, 0)::float8 as "firstPass", snapshot::text as snapshot,
      (extract(epoch from snapshot_at) * 1000)::float8 as "snapshotMs", restored
    from public.audit_log where tenant_id = ${tenantId}::uuid order by incarnation`);
  return [...rows];
}

/** The database's clock, in milliseconds. */
export async function readClock(tx: ReadTx): Promise<number> {
  const [clock] = await tx.execute<{ ms: number }>(sql`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`);
  return clock?.ms ?? Date.now();
}

export async function readBatchHeaders(tx: ReadTx, tenantId: string): Promise<BatchHeader[]> {
  const rows = await tx.execute<BatchHeader & Record<string, unknown>>(sql`
    select incarnation, first_index::float8 as "firstIndex", leaves, ${MICROSECONDS('first_at')} as "firstTime",
      ${MICROSECONDS('last_at')} as "lastTime"
    from public.audit_batch where tenant_id = ${tenantId}::uuid order by incarnation, first_index`);
  return [...rows];
}

export interface StoredHead extends Record<string, unknown> {
  incarnation: number;
  size: number;
  root: Buffer;
  note: string | null;
  publishedMs: number;
  witnessedMs: number | null;
  entryIncarnation: number | null;
  entryIndex: number | null;
}

export async function readStoredHeads(tx: ReadTx, tenantId: string): Promise<StoredHead[]> {
  const rows = await tx.execute<StoredHead>(sql`
    select incarnation, size::float8 as size, root, note, (extract(epoch from published_at) * 1000)::float8 as "publishedMs",
      (extract(epoch from witnessed_at) * 1000)::float8 as "witnessedMs", entry_incarnation as "entryIncarnation",
      entry_index::float8 as "entryIndex"
    from public.audit_checkpoint where tenant_id = ${tenantId}::uuid order by incarnation, size`);
  return [...rows];
}

export interface RetiredSpan extends Record<string, unknown> {
  fromMs: number;
  toMs: number;
  leaves: number;
}

export async function readRetiredSpans(tx: ReadTx, tenantId: string): Promise<RetiredSpan[]> {
  const rows = await tx.execute<RetiredSpan>(sql`
    select (extract(epoch from from_at) * 1000)::float8 as "fromMs", (extract(epoch from to_at) * 1000)::float8 as "toMs",
      leaves::float8 as leaves
    from public.audit_retirement where tenant_id = ${tenantId}::uuid order by from_at`);
  return [...rows];
}

/** The event that began an incarnation, as far as it repeats what the log's row says. */
export async function readRestoredEvent(
  tx: ReadTx,
  tenantId: string,
  eventId: string,
): Promise<Pick<Restoration, 'checkpoint' | 'found' | 'lost'> | null> {
  const [row] = await tx.execute<{ details: Restoration | null }>(sql`
    select details from ${sql.raw(SEALABLE_EVENTS)} where tenant_id = ${tenantId}::uuid and id = ${eventId}::uuid
      and at >= (select min(opened_at) from public.audit_log where tenant_id = ${tenantId}::uuid) - interval '1 day'
    limit 1`);
  return row?.details ?? null;
}
