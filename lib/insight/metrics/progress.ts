import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import { firstStateAt } from '@/lib/assurance/checklist/facts';
import { firstScanAt } from '@/lib/assurance/findings/facts';
import { firstEventAt } from '@/lib/platform/audit/facts';
import { holdMark, rewindMark } from '@/lib/platform/audit/record-windows';
import type { JobActor } from '@/lib/platform/auth/contract';
import { firstDeliveryAt } from '@/lib/platform/notifications/facts';
import { DEFINITIONS } from './contract';
import { forgetLaterRows } from './keep-snapshots';

/** The mark up to which the record is counted (lib/platform/audit/record-windows.ts). */
export const RECORD_MARK = 'metrics';

export interface Progress extends Record<string, unknown> {
  timeZone: string;
  eventsBefore: number;
  passUntil: number | null;
  passAfter: string | null;
  /** A month such as `2026-11-01`. */
  dirtyFrom: string | null;
}

/** Keeps every worker from counting until the transaction ends. Counting the record takes the locks in this order, too. */
async function holdCounts(tx: WriteTx, tenantId: string): Promise<void> {
  await holdMark(tx, tenantId, RECORD_MARK);
  await tx.execute(sql`
    insert into metric_progress (tenant_id, time_zone, definitions) values (${tenantId}::uuid, '', '')
    on conflict do nothing`);
  await tx.execute(sql`select from metric_progress where tenant_id = ${tenantId}::uuid for update`);
}

/** Forgets all that is counted, so that the next runs of the worker count from the first row on. */
export async function forgetCounts(tx: WriteTx, tenantId: string): Promise<void> {
  await holdCounts(tx, tenantId);
  await tx.execute(sql`delete from metric_count where tenant_id = ${tenantId}::uuid`);
  await tx.execute(sql`delete from metric_episode where tenant_id = ${tenantId}::uuid`);
  await forgetLaterRows(tx, tenantId);
  await rewindMark(tx, tenantId, RECORD_MARK);
  const sources = [
    await firstScanAt(tx, tenantId),
    await firstEventAt(tx, tenantId),
    await firstStateAt(tx, tenantId),
    await firstDeliveryAt(tx, tenantId),
  ];
  const first = sources.filter((at) => at !== null).sort()[0] ?? null;
  await tx.execute(sql`
    insert into metric_progress (tenant_id, time_zone, definitions, dirty_from)
    select t.id, t.time_zone, ${DEFINITIONS}, date_trunc('month', ${first}::timestamptz at time zone t.time_zone)::date
    from identity.tenant t where t.id = ${tenantId}::uuid
    on conflict (tenant_id) do update set time_zone = excluded.time_zone, definitions = excluded.definitions,
      dirty_from = excluded.dirty_from, events_before = 0, pass_until = null, pass_after = null, computed_at = null`);
}

/** Whether the counts were made in the tenant's time zone and by the definitions of now. */
async function isCountedAsNow(tx: WriteTx, tenantId: string): Promise<boolean> {
  const [row] = await tx.execute(sql`
    select from metric_progress p join identity.tenant t on t.id = p.tenant_id
    where p.tenant_id = ${tenantId}::uuid and p.time_zone = t.time_zone and p.definitions = ${DEFINITIONS}`);
  return row !== undefined;
}

/** Begins again where the time zone or a definition is another one than the counts were made with. */
// guard: derived counters of rows that are recorded already
export async function settleProgress(actor: JobActor): Promise<void> {
  const { tenantId } = actor;
  await inTenant(actor, async (tx) => {
    if (await isCountedAsNow(tx, tenantId)) return;
    await holdCounts(tx, tenantId);
    // Another worker may have begun again while this one waited for its locks.
    if (!(await isCountedAsNow(tx, tenantId))) await forgetCounts(tx, tenantId);
  });
}

/** The progress, held until the transaction ends; null while another worker holds it. */
export async function holdProgress(tx: WriteTx, tenantId: string): Promise<Progress | null> {
  const [row] = await tx.execute<Progress>(sql`
    select time_zone as "timeZone", events_before::float8 as "eventsBefore", pass_until::float8 as "passUntil",
      pass_after as "passAfter", dirty_from::text as "dirtyFrom"
    from metric_progress where tenant_id = ${tenantId}::uuid for update skip locked`);
  return row ?? null;
}

/** Notes that the values from this month on must be computed again. */
export async function markDirty(tx: WriteTx, tenantId: string, month: string): Promise<void> {
  await tx.execute(sql`update metric_progress set dirty_from = least(dirty_from, ${month}::date)
    where tenant_id = ${tenantId}::uuid`);
}
