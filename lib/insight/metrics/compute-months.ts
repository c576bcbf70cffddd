import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import { markUntil } from '@/lib/platform/audit/facts';
import type { JobActor } from '@/lib/platform/auth/contract';
import { deliveries } from '@/lib/platform/notifications/facts';
import { monthValues } from './month-values';
import { holdProgress, RECORD_MARK } from './progress';
import { firstOf, monthOf, monthsBetween } from './rules';
import type { MonthValue, Span } from './span';

/** So long after its end a month may still gain rows that were on their way. */
const CLOSES_AFTER = sql`interval '1 hour'`;

/** A notice is tried for so long at most. */
const SETTLES_WITHIN = sql`interval '31 days'`;

interface Now extends Record<string, unknown> {
  today: string;
  computedMonth: string | null;
  /** The earliest month over of which a notice has arrived or failed since. */
  settledMonth: string | null;
  isRecordCounted: boolean;
}

async function nowOf(tx: WriteTx, tenantId: string, timeZone: string): Promise<Now | undefined> {
  const [now] = await tx.execute<Now>(sql`
    select (now() at time zone ${timeZone})::date::text as today,
      date_trunc('month', p.computed_at at time zone ${timeZone})::date::text as "computedMonth",
      (select date_trunc('month', min(d.created_at) at time zone ${timeZone})::date::text from ${deliveries(tenantId)} d
        where d.created_at >= p.computed_at - ${SETTLES_WITHIN}
          and d.created_at < date_trunc('month', now() at time zone ${timeZone}) at time zone ${timeZone}
          and d.finished_at >= p.computed_at - interval '5 minutes') as "settledMonth",
      coalesce(${markUntil(tenantId, RECORD_MARK)} > now() - interval '10 minutes', false) as "isRecordCounted"
    from metric_progress p where p.tenant_id = ${tenantId}::uuid`);
  return now;
}

/**
 * Stores the values. A number of a month that was over when it was last computed is restated: what it was then is kept
 * beside it, with the time of the change.
 */
async function store(
  tx: WriteTx,
  { tenantId, timeZone }: Span,
  values: readonly MonthValue[],
): Promise<void> {
  await tx.execute(sql`
    insert into metric_value as v (tenant_id, month, metric, series, value, n, censored, label)
    select ${tenantId}::uuid, r.month, r.metric, r.series, r.value, r.n, r.censored, r.label
    from json_to_recordset(${JSON.stringify(values)}::json) as r(month date, metric text, series text,
      value double precision, n integer, censored integer, label text)
    order by r.month, r.metric, r.series
    on conflict (tenant_id, month, metric, series) do update set value = excluded.value, n = excluded.n,
      censored = excluded.censored, label = excluded.label, computed_at = now(),
      was = case when v.computed_at >= ((v.month + interval '1 month') at time zone ${timeZone}) + ${CLOSES_AFTER}
        and v.value is distinct from excluded.value then coalesce(v.was, v.value) else v.was end,
      restated_at = case when v.computed_at >= ((v.month + interval '1 month') at time zone ${timeZone}) + ${CLOSES_AFTER}
        and v.value is distinct from excluded.value then now() else v.restated_at end`);
}

/** The values of the months that new rows touched, and of the one that runs; nothing while rows are still being counted. */
// guard: derived numbers of rows that are recorded already
export async function computeMonths(actor: JobActor): Promise<void> {
  const { tenantId } = actor;
  await inTenant(actor, async (tx) => {
    const progress = await holdProgress(tx, tenantId);
    if (!progress || progress.passUntil !== null) return;
    const { timeZone } = progress;
    const now = await nowOf(tx, tenantId, timeZone);
    if (!now?.isRecordCounted) return;
    const running = firstOf(monthOf(now.today));
    const from =
      [progress.dirtyFrom, now.computedMonth, now.settledMonth, running]
        .filter((month) => month !== null)
        .sort()[0] ?? running;
    const months = monthsBetween(monthOf(from), monthOf(running)).map(firstOf);
    const span: Span = { tenantId, timeZone, from: firstOf(monthOf(from)), running, today: now.today };
    await store(tx, span, await monthValues(tx, span, months));
    await tx.execute(
      sql`update metric_progress set dirty_from = null, computed_at = now() where tenant_id = ${tenantId}::uuid`,
    );
  });
}
