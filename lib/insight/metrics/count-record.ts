import { sql } from 'drizzle-orm';
import type { WriteTx } from '@/db/scope';
import { EVENT_KINDS } from '@/lib/platform/audit/event-kinds-contract';
import { eventsRecordedIn, isEvent, PLACE } from '@/lib/platform/audit/facts';
import { DAY_WINDOW_MINUTES, type RecordWindow, readRecordOnce } from '@/lib/platform/audit/record-windows';
import type { JobActor } from '@/lib/platform/auth/contract';
import { anomaliesOf } from '@/lib/response/anomalies/facts';
import { markDirty, RECORD_MARK } from './progress';

const VALUE_LENGTH_MAX = 200;

/**
 * Adds what the record gained in the window to the counts of its months. Addresses of IPv6 count by their /64. A judgement
 * changes the month in which its anomaly was found.
 */
async function countWindow(tx: WriteTx, tenantId: string, window: RecordWindow): Promise<void> {
  const [counted] = await tx.execute<{ month: string | null }>(sql`
    with event as materialized (
      select date_trunc('month', e.at at time zone p.time_zone)::date as month, e.action, e.category, e.outcome, e.code,
        e.key_id, e.actor_label, ${PLACE} as place,
        host(case family(e.ip) when 6 then network(set_masklen(e.ip, 64)) else e.ip end) as address,
        case e.action when 'anomaly.triaged' then e.target_id::uuid end as judged_id,
        case when ${isEvent(EVENT_KINDS.failedSignIns)} then 'sign_in' when ${isEvent(EVENT_KINDS.refusedCredentials)} then 'api'
          when ${isEvent(EVENT_KINDS.refusedAtGate)} then 'gate' end as failure, ${isEvent(EVENT_KINDS.limited)} as is_limited
      from ${eventsRecordedIn(tenantId, window)} e join metric_progress p on p.tenant_id = e.tenant_id
    ), fact (month, metric, dimension, value, count) as (
      select month, 'traffic', '', '', count(*) from event where category in ('decision', 'access') group by month
      union all
      select month, 'sign_ins', '', '', count(*) from event where action = 'auth.sign_in' group by month
      union all
      select e.month, 'auth_failures', d.dimension, left(d.value, ${VALUE_LENGTH_MAX}::integer), count(*)
      from event e cross join lateral (values ('kind', e.failure), ('code', coalesce(e.code, e.action)),
        ('actor', e.actor_label), ('address', e.address)) as d (dimension, value)
      where e.failure is not null and d.value is not null group by 1, 3, 4
      union all
      select e.month, 'limit_refusals', d.dimension, left(d.value, ${VALUE_LENGTH_MAX}::integer), count(*)
      from event e cross join lateral (values ('', ''), ('key', e.key_id::text), ('place', e.place)) as d (dimension, value)
      where e.is_limited and d.value is not null group by 1, 3, 4
    ), added as (
      insert into metric_count as c (tenant_id, month, metric, dimension, value, count)
      select ${tenantId}::uuid, month, metric, dimension, value, count from fact order by 2, 3, 4, 5
      on conflict (tenant_id, month, metric, dimension, value) do update set count = c.count + excluded.count
    ), judged (month) as (
      select date_trunc('month', a.raised_at at time zone p.time_zone)::date
      from event e join ${anomaliesOf(tenantId)} a on a.id = e.judged_id
        join metric_progress p on p.tenant_id = a.tenant_id
    )
    select least((select min(month) from fact), (select min(month) from judged))::text as month`);
  if (counted?.month) await markDirty(tx, tenantId, counted.month);
}

/** Counts what the record gained since the last run, each row exactly once. */
// guard: derived counters of what the log holds already; recording the counting would make it count itself
export async function countRecord(actor: JobActor): Promise<void> {
  await readRecordOnce(actor, RECORD_MARK, (tx, window) => countWindow(tx, actor.tenantId, window), {
    minutes: DAY_WINDOW_MINUTES,
  });
}
