import { type SQL, sql } from 'drizzle-orm';
import { apiKey } from '@/db/schema/api-keys';
import type { KeyStatus } from '@/lib/access/api-keys/contract';
import { REJECTIONS_MIN, REJECTIONS_SHARE } from '@/lib/access/api-keys/rules';

const ofKey = sql`v.tenant_id = ${apiKey.tenantId} and v.key_id = ${apiKey.id}`;
export const inGrace = sql`v.state = 'grace' and least(v.grace_until, ${apiKey.expiresAt}) > statement_timestamp()`;

/** Whether the key has a version, `v`, for which the condition holds. */
export function hasVersion(condition: SQL): SQL {
  return sql`exists (select 1 from public.api_key_version v where ${ofKey} and (${condition}))`;
}

export const isElevated = sql`exists (
  select 1 from public.key_usage u
  where u.tenant_id = ${apiKey.tenantId} and u.key_id = ${apiKey.id} and u.hour > statement_timestamp() - interval '24 hours'
  having sum(u.refused) >= ${REJECTIONS_MIN}::integer
    and sum(u.refused) >= sum(u.allowed + u.refused) * ${REJECTIONS_SHARE}::numeric)`;

/** The status in SQL, so that a page can be filtered by it; a test keeps it equal to `keyStatus` in rules.ts. */
const statusCase = sql`case
  when ${apiKey.revokedAt} is not null or not ${hasVersion(sql`v.state in ('pending', 'current') or (${inGrace})`)} then 'revoked'
  when ${apiKey.expiresAt} <= statement_timestamp() then 'expired'
  when ${apiKey.disabledAt} is not null then 'disabled'
  when ${apiKey.expiresAt} < statement_timestamp() + case
    when (select count(*) from public.api_key_version v where ${ofKey}) > 1 then interval '1 day'
    else interval '7 days' end then 'expires_soon'
  when ${hasVersion(sql`v.state = 'pending'`)} then 'pending_pickup'
  when ${hasVersion(inGrace)} then 'in_grace'
  when ${isElevated} then 'elevated_rejections'
  else 'operational' end`;

export function statusIs(status: KeyStatus): SQL {
  return sql`${statusCase} = ${status}`;
}
