import { type SQL, sql } from 'drizzle-orm';
import { apiKey } from '@/db/schema/api-keys';
import type { KeyNeed } from '@/lib/access/api-keys/contract';
import { hasVersion, inGrace, isElevated } from './status-sql';

/** A secret is old, and an unused key unused, after so many days. */
export const SECRET_OLD_DAYS = 90;
/** How far ahead a key is said to be due. */
export const DUE_DAYS = 30;
export const EXPIRING_DAYS = 14;
/** So long a new secret may wait before anybody is told. */
export const PICKUP_HOURS = 24;

const now = sql`statement_timestamp()`;
const days = (count: number) => sql.raw(`interval '${count} days'`);

const isLive = hasVersion(sql`v.state in ('pending', 'current') or (${inGrace})`);

/** Works: neither revoked nor disabled nor expired, with a secret that is accepted. */
const isActive = sql`(${apiKey.revokedAt} is null and ${apiKey.disabledAt} is null
  and (${apiKey.expiresAt} is null or ${apiKey.expiresAt} > ${now}) and ${isLive})`;

const usedSince = (since: SQL, more: SQL) => sql`exists (select 1 from public.key_usage u
  where u.tenant_id = ${apiKey.tenantId} and u.key_id = ${apiKey.id} and ${since} and ${more})`;

/** When the secret in use becomes old. */
export const secretOldAt = sql`(select coalesce(v.activated_at, v.created_at) + ${days(SECRET_OLD_DAYS)}
  from public.api_key_version v where v.tenant_id = ${apiKey.tenantId} and v.key_id = ${apiKey.id} and v.state = 'current')`;

export const dueAt = sql`least(${apiKey.expiresAt}, ${secretOldAt})`;

/**
 * What may be asked of the list beside the status, which tells only the first of several things. Each is one definition: the
 * list filters by it, facts count by it.
 */
export const KEY_CONDITIONS: Readonly<Record<KeyNeed, SQL>> = {
  active: isActive,
  expiring: sql`(${isActive} and ${apiKey.expiresAt} < ${now} + ${days(EXPIRING_DAYS)})`,
  expired_in_use: sql`(${apiKey.revokedAt} is null and ${apiKey.expiresAt} <= ${now} and ${usedSince(
    sql`u.hour > ${now} - interval '24 hours'`,
    sql`u.hour + interval '1 hour' > ${apiKey.expiresAt} and u.refused > 0`,
  )})`,
  old_secret_in_use: sql`(${isActive} and ${hasVersion(sql`${inGrace} and exists (select 1 from public.key_usage u
    where u.tenant_id = v.tenant_id and u.key_id = v.key_id and u.version_id = v.id
      and u.hour > ${now} - interval '26 hours' and u.last_used_at > ${now} - interval '1 hour')`)})`,
  awaiting_pickup: sql`(${isActive} and ${hasVersion(
    sql`v.state = 'pending' and v.created_at < ${now} - ${sql.raw(`interval '${PICKUP_HOURS} hours'`)}`,
  )})`,
  denied_often: sql`(${isActive} and ${isElevated})`,
  without_expiry: sql`(${isActive} and ${apiKey.expiresAt} is null)`,
  due: sql`(${isActive} and ${dueAt} < ${now} + ${days(DUE_DAYS)})`,
};
