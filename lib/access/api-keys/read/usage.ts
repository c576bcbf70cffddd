import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { type KeyDto, USAGE_HOURS } from '@/lib/access/api-keys/contract';
import { HOUR_MS } from '@/lib/platform/core/clock';

export type VersionUsage = {
  keyId: string;
  versionId: string;
  lastUsedAt: string | null;
  lastUsedIp: string | null;
  allowed24h: number;
  refused24h: number;
};

export type HourUsage = { keyId: string; hourMs: number; allowed: number; refused: number };

function idList(ids: readonly string[]): SQL {
  return sql`(${sql.join(
    ids.map((id) => sql`${id}::uuid`),
    sql`, `,
  )})`;
}

/** Last use and the last 24 hour buckets of every version of the keys. */
export async function usageOf(
  tx: ReadTx,
  tenantId: string,
  keyIds: readonly string[],
): Promise<VersionUsage[]> {
  return tx.execute<VersionUsage>(sql`
    select v.key_id as "keyId", v.id as "versionId", used.last_used_at as "lastUsedAt",
      host(used.last_used_ip) as "lastUsedIp", day.allowed as "allowed24h", day.refused as "refused24h"
    from public.api_key_version v
    left join lateral (
      select u.last_used_at, u.last_used_ip from public.key_usage u
      where u.tenant_id = v.tenant_id and u.key_id = v.key_id and u.version_id = v.id and u.last_used_at is not null
      order by u.hour desc limit 1) used on true
    cross join lateral (
      select coalesce(sum(u.allowed), 0)::float8 as allowed, coalesce(sum(u.refused), 0)::float8 as refused
      from public.key_usage u
      where u.tenant_id = v.tenant_id and u.key_id = v.key_id and u.version_id = v.id
        and u.hour > statement_timestamp() - interval '24 hours') day
    where v.tenant_id = ${tenantId}::uuid and v.key_id in ${idList(keyIds)}`);
}

/** Requests per key and hour within the last USAGE_HOURS hours; hours without any are left out. */
export async function hoursOf(tx: ReadTx, tenantId: string, keyIds: readonly string[]): Promise<HourUsage[]> {
  return tx.execute<HourUsage>(sql`
    select u.key_id as "keyId", (extract(epoch from u.hour) * 1000)::float8 as "hourMs",
      sum(u.allowed)::float8 as allowed, sum(u.refused)::float8 as refused
    from public.key_usage u
    where u.tenant_id = ${tenantId}::uuid and u.key_id in ${idList(keyIds)}
      and u.hour > statement_timestamp() - make_interval(hours => ${USAGE_HOURS}::integer)
    group by u.key_id, u.hour`);
}

/** Always USAGE_HOURS entries, oldest first; an hour without requests counts 0. */
export function fillHours(hours: readonly HourUsage[], nowMs: number): KeyDto['usage'] {
  const byHour = new Map(hours.map((hour) => [hour.hourMs, hour]));
  const currentHourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  return Array.from({ length: USAGE_HOURS }, (_, i) => {
    const hourMs = currentHourMs - (USAGE_HOURS - 1 - i) * HOUR_MS;
    const found = byHour.get(hourMs);
    return {
      hour: new Date(hourMs).toISOString(),
      allowed: found?.allowed ?? 0,
      refused: found?.refused ?? 0,
    };
  });
}
