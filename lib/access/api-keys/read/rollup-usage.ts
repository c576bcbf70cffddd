import { sql } from 'drizzle-orm';
import type { WriteTx } from '@/db/scope';
import { eventsRecordedIn } from '@/lib/platform/audit/facts';
import { type RecordWindow, readRecordOnce } from '@/lib/platform/audit/record-windows';
import type { Actor } from '@/lib/platform/auth/contract';

/** The mark up to which the use of keys is counted. */
export const USAGE_MARK = 'key_usage';

/**
 * Adds the window's rows to the hour buckets: the events that the audit filter `version` shows. A decision also uses the key of the
 * service that asked, whose version is the row's target; where that is the very key it asked about, it is one use.
 * The address of the last use rides along behind its time (20 digits), so that memory stays flat.
 */
async function countWindow(tx: WriteTx, tenantId: string, window: RecordWindow): Promise<void> {
  const events = eventsRecordedIn(tenantId, window);
  await tx.execute(sql`
    insert into public.key_usage as u (tenant_id, key_id, version_id, hour, allowed, refused, last_used_at, last_used_ip)
    select ${tenantId}::uuid, v.key_id, v.id, date_trunc('hour', used.at),
      count(*) filter (where used.allowed), count(*) filter (where not used.allowed),
      max(used.at) filter (where used.allowed),
      nullif(substr(max(to_char(used.at, 'YYYYMMDDHH24MISSUS') || coalesce(host(used.ip), ''))
        filter (where used.allowed), 21), '')::inet
    from (
      select e.key_version_id as version_id, e.at, e.ip, e.outcome = 'success' as allowed
      from ${events} e
      where e.key_version_id is not null and e.category in ('decision', 'access')
      union all
      select e.target_id::uuid, e.at, null, true
      from ${events} e
      where e.action = 'gate.verify' and e.target_type = 'key_version'
        and e.target_id is distinct from e.key_version_id::text
    ) used
    join public.api_key_version v on v.tenant_id = ${tenantId}::uuid and v.id = used.version_id
    group by v.key_id, v.id, date_trunc('hour', used.at)
    on conflict (tenant_id, key_id, version_id, hour) do update set
      allowed = u.allowed + excluded.allowed,
      refused = u.refused + excluded.refused,
      last_used_ip = case when excluded.last_used_at >= coalesce(u.last_used_at, '-infinity')
        then excluded.last_used_ip else u.last_used_ip end,
      last_used_at = greatest(u.last_used_at, excluded.last_used_at)`);
}

/**
 * Counts the uses of a tenant's keys since the last run into hour buckets, each exactly once: the mark moves in the
 * transaction that counts, and its row lock keeps a second worker out.
 */
// guard: derived counters of what the log holds already; recording the counting would make it count itself
export async function rollupKeyUsage(actor: Actor): Promise<void> {
  await readRecordOnce(actor, USAGE_MARK, (tx, window) => countWindow(tx, actor.tenantId, window));
}
