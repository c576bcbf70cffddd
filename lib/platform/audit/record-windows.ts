import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';

/** Rows younger than this are left for the next run: their transaction may not have committed yet. */
const SETTLE_SECONDS = 2;
const WINDOW_MINUTES = 15;
/** For what may lag behind while it catches up with a long record. */
export const DAY_WINDOW_MINUTES = 1440;
const WINDOWS_PER_RUN_MAX = 100;
const ALL_DAYS = 36_500;

/** A span of the record by `recorded_at`: from inclusive, to exclusive, as Postgres writes moments. */
export type RecordWindow = { from: string; to: string; isLast: boolean };

export interface WindowOptions {
  /** How much one window spans at most. */
  minutes?: number;
  /** What is older is not gone through. */
  daysBack?: number;
}

async function beginWatermark(tx: WriteTx, tenantId: string, name: string, daysBack: number): Promise<void> {
  await tx.execute(sql`
    insert into public.rollup_watermark (tenant_id, name, until)
    select ${tenantId}::uuid, ${name}, greatest(statement_timestamp() - make_interval(days => ${daysBack}::integer),
      coalesce((select min(e.at) from public.audit_event e where e.tenant_id = ${tenantId}::uuid),
        statement_timestamp()) - interval '1 minute')
    on conflict do nothing`);
}

/** The next window to count, held until the transaction ends; null where another worker holds it or nothing is due. */
async function nextWindow(
  tx: WriteTx,
  tenantId: string,
  name: string,
  minutes: number,
): Promise<RecordWindow | null> {
  const [window] = await tx.execute<RecordWindow>(sql`
    select w.until::text as "from", next.until::text as "to", next.until = settled.until as "isLast"
    from public.rollup_watermark w
    cross join lateral (select statement_timestamp() - make_interval(secs => ${SETTLE_SECONDS}) as until) settled
    cross join lateral (
      select least(settled.until, w.until + make_interval(mins => ${minutes}::integer)) as until) next
    where w.tenant_id = ${tenantId}::uuid and w.name = ${name} and w.until < settled.until
    for update of w skip locked`);
  return window ?? null;
}

/** Keeps other readers of this name from counting until the transaction ends. */
export async function holdMark(tx: WriteTx, tenantId: string, name: string): Promise<void> {
  await tx.execute(sql`
    select from public.rollup_watermark where tenant_id = ${tenantId}::uuid and name = ${name} for update`);
}

/** The next runs of this reader go through the whole record again. */
// guard: a mark over what the log holds already; whoever rewinds it records why
export async function rewindMark(tx: WriteTx, tenantId: string, name: string): Promise<void> {
  await tx.execute(sql`update public.rollup_watermark set until = least(until, coalesce(
      (select min(at) from public.audit_event where tenant_id = ${tenantId}::uuid), until) - interval '1 minute')
    where tenant_id = ${tenantId}::uuid and name = ${name}`);
}

/**
 * Goes through what the record gained since the last run, window by window, each exactly once: the mark moves in the
 * transaction of `handle`, and its row lock keeps a second worker out.
 */
// guard: it moves a mark over what the log holds already; `handle` records what it changes
export async function readRecordOnce(
  actor: Actor,
  name: string,
  handle: (tx: WriteTx, window: RecordWindow) => Promise<void>,
  { minutes = WINDOW_MINUTES, daysBack = ALL_DAYS }: WindowOptions = {},
): Promise<void> {
  await inTenant(actor, (tx) => beginWatermark(tx, actor.tenantId, name, daysBack));
  for (let i = 0; i < WINDOWS_PER_RUN_MAX; i++) {
    const isDone = await inTenant(actor, async (tx) => {
      const window = await nextWindow(tx, actor.tenantId, name, minutes);
      if (!window) return true;
      await handle(tx, window);
      await tx.execute(sql`
        update public.rollup_watermark set until = ${window.to}::timestamptz
        where tenant_id = ${actor.tenantId}::uuid and name = ${name}`);
      return window.isLast;
    });
    if (isDone) return;
  }
}
