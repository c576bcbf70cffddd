import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import { eventsRecordedIn, isEvent } from '@/lib/platform/audit/facts';
import { DAY_WINDOW_MINUTES, type RecordWindow, readRecordOnce } from '@/lib/platform/audit/record-windows';
import type { JobActor } from '@/lib/platform/auth/contract';
import { HISTORY_DAYS, REPLAY_DAYS } from './contract';

/** The mark up to which the record is counted by hour. */
export const ACTIVITY_MARK = 'activity';
const KEPT_DAYS = HISTORY_DAYS + REPLAY_DAYS;

/** Who acted: a person or key by id, else whoever was named; nobody at all is left out, the network stays. */
async function countWindow(tx: WriteTx, tenantId: string, window: RecordWindow): Promise<void> {
  await tx.execute(sql`
    insert into activity_hour as a (tenant_id, hour, actor, action, network, result, label, count)
    select ${tenantId}::uuid, date_trunc('hour', e.at, 'UTC'),
      case when e.actor_id is null then e.actor_type || ':' || left(coalesce(e.actor_label, ''), 200)
        else e.actor_type || ':' || e.actor_id end as actor,
      e.action, coalesce(host(network(set_masklen(e.ip, case family(e.ip) when 6 then 64 else 24 end)))
        || case family(e.ip) when 6 then '/64' else '/24' end, '') as network,
      case
        when ${isEvent({ is: 'auth_failure' })} then 'bad_credential'
        when e.outcome = 'success' then 'ok'
        else 'refused'
      end as result,
      max(left(coalesce(e.actor_label, ''), 200)), count(*)::integer
    from ${eventsRecordedIn(tenantId, window)} e
    where e.actor_type not in ('job', 'cli')
    group by 2, 3, 4, 5, 6 order by 2, 3, 4, 5, 6
    on conflict (tenant_id, hour, actor, action, network, result)
      do update set count = a.count + excluded.count, label = excluded.label`);
}

/** Counts the record by hour, each row exactly once, and forgets hours that no rule looks back to. */
// guard: derived counters of what the log holds already; recording the counting would make it count itself
export async function countActivity(actor: JobActor): Promise<void> {
  const { tenantId } = actor;
  await readRecordOnce(actor, ACTIVITY_MARK, (tx, window) => countWindow(tx, tenantId, window), {
    minutes: DAY_WINDOW_MINUTES,
    daysBack: KEPT_DAYS,
  });
  await inTenant(actor, (tx) =>
    tx.execute(sql`delete from activity_hour where tenant_id = ${tenantId}::uuid
      and hour < now() - make_interval(days => ${KEPT_DAYS}::integer)`),
  );
}
