import { type Column, type SQL, sql } from 'drizzle-orm';
import { apiKey } from '@/db/schema/api-keys';
import type { ReadTx } from '@/db/scope';
import { type Fact, type SqlFact, sqlFact } from '@/lib/platform/facts/fact';
import { EXPIRY_DAYS, PENDING_DAYS } from '@/lib/platform/facts/rules';
import type { KeyNeed } from './contract';
import { dueAt, KEY_CONDITIONS, secretOldAt } from './read/key-conditions';

const KEYS = {
  permission: 'keys:read',
  name: sql`${apiKey.name}`,
  owner: sql`${apiKey.ownerUserId}`,
} as const;
const days = (count: number) => sql.raw(`interval '${count} days'`);

/** The list of the keys for which something holds. */
export const keysHref = (need: KeyNeed): string => `/keys?${new URLSearchParams({ q: `is:${need}` })}`;

type KeyFact = Pick<SqlFact, 'one' | 'many' | 'remedy' | 'level' | 'order' | 'since' | 'until'>;

function keyFact(need: KeyNeed, fact: KeyFact): Fact {
  return sqlFact({
    key: `keys.${need}`,
    action: 'Open keys',
    href: keysHref(need),
    from: (tenantId) =>
      sql`${apiKey} where ${apiKey.tenantId} = ${tenantId}::uuid and ${KEY_CONDITIONS[need]}`,
    ...KEYS,
    ...fact,
  });
}

const pendingSince = sql`(select v.created_at from public.api_key_version v
  where v.tenant_id = ${apiKey.tenantId} and v.key_id = ${apiKey.id} and v.state = 'pending')`;
const isOldEnding = sql`exists (select 1 from public.key_rotation r join public.api_key_version v
  on v.tenant_id = r.tenant_id and v.id = r.version_id and v.state = 'pending'
  where r.tenant_id = ${apiKey.tenantId} and r.key_id = ${apiKey.id} and r.closed_at is null and r.on_unused = 'strict')`;
const graceUntil = sql`(select v.grace_until from public.api_key_version v
  where v.tenant_id = ${apiKey.tenantId} and v.key_id = ${apiKey.id} and v.state = 'grace')`;

export const expiredInUse = keyFact('expired_in_use', {
  one: 'expired key is still being used',
  many: 'expired keys are still being used',
  remedy: 'Requests that use it are denied. Change its expiry date or create a new key.',
  since: sql`${apiKey.expiresAt}`,
  level: 'danger',
  order: sql`${apiKey.expiresAt}`,
});

export const oldSecretInUse = keyFact('old_secret_in_use', {
  one: 'key is still used with its old secret',
  many: 'keys are still used with an old secret',
  remedy: 'Deploy the new secret before the grace period ends, or extend the grace period.',
  until: graceUntil,
  level: 'danger',
  order: graceUntil,
});

export const expiring = keyFact('expiring', {
  one: 'key expires within 14 days',
  many: 'keys expire within 14 days',
  remedy: 'Extend the expiry date or replace the key before then.',
  until: sql`${apiKey.expiresAt}`,
  level: sql`case when ${apiKey.expiresAt} <= statement_timestamp() + ${days(EXPIRY_DAYS.danger)} then 'danger'
    when ${apiKey.expiresAt} <= statement_timestamp() + ${days(EXPIRY_DAYS.warning)} then 'warning' else 'info' end`,
  order: sql`${apiKey.expiresAt}`,
});

export const awaitingPickup = keyFact('awaiting_pickup', {
  one: 'key has a new secret that has not been used yet',
  many: 'keys have new secrets that have not been used yet',
  remedy: 'Deploy the new secret, or cancel the rotation.',
  since: pendingSince,
  level: sql`case
    when ${pendingSince} <= statement_timestamp() - ${days(PENDING_DAYS.danger)} and ${isOldEnding} then 'danger'
    when ${pendingSince} <= statement_timestamp() - ${days(PENDING_DAYS.warning)} then 'warning' else 'info' end`,
  order: pendingSince,
});

export const deniedOften = keyFact('denied_often', {
  one: 'key is denied unusually often',
  many: 'keys are denied unusually often',
  remedy: 'See which requests are denied and why.',
  level: 'warning',
  order: sql`${apiKey.name}`,
});

export const withoutExpiry = keyFact('without_expiry', {
  one: 'key never expires',
  many: 'keys never expire',
  remedy: 'If it leaks, it works until someone revokes it. Set an expiry date.',
  since: sql`${apiKey.createdAt}`,
  level: 'info',
  order: sql`${apiKey.createdAt}`,
});

/** What needs somebody, most urgent first. */
export const keyFacts: readonly Fact[] = [
  expiredInUse,
  oldSecretInUse,
  expiring,
  awaitingPickup,
  deniedOften,
  withoutExpiry,
];

/** One key. */
export const keyHref = (id: string): string => `/keys/${id}`;

/** How many keys work now; the list behind `keysHref('active')`. */
export async function countActiveKeys(tx: ReadTx, tenantId: string): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(*)::integer as count from ${apiKey} where ${apiKey.tenantId} = ${tenantId}::uuid and ${KEY_CONDITIONS.active}`);
  return row?.count ?? 0;
}

/** A key of `keysHref('due')`: it ends, or its secret becomes old, whichever is first. Times in ISO 8601. */
export interface DueKey {
  id: string;
  name: string;
  who: string | null;
  expiresAt: string | null;
  secretOldAt: string | null;
}

/** The keys that are due within 30 days, or already, the first first; `total` of all, where the list is cut. */
export async function readDueKeys(
  tx: ReadTx,
  tenantId: string,
  limit: number,
): Promise<{ items: DueKey[]; total: number }> {
  const due = sql`${apiKey} where ${apiKey.tenantId} = ${tenantId}::uuid and ${KEY_CONDITIONS.due}`;
  const [all] = await tx.execute<{ total: number }>(sql`select count(*)::integer as total from ${due}`);
  const rows = await tx.execute<DueKey & Record<string, unknown>>(sql`
    select ${apiKey.id} as id, ${apiKey.name} as name, to_json(${apiKey.expiresAt}) #>> '{}' as "expiresAt",
      to_json(${secretOldAt}) #>> '{}' as "secretOldAt",
      (select u.display_name from identity.user_account u where u.id = ${apiKey.ownerUserId}) as who
    from ${due} order by ${dueAt}, ${apiKey.id} limit ${limit}`);
  return { items: [...rows], total: all?.total ?? 0 };
}

/** When a tenant's keys first and last did something, ISO 8601; null: they have not. */
export interface KeyMilestones {
  firstCreatedAt: string | null;
  firstUsedAt: string | null;
  lastUsedAt: string | null;
  firstRotatedAt: string | null;
}

export async function readKeyMilestones(tx: ReadTx, tenantId: string): Promise<KeyMilestones> {
  const [row] = await tx.execute<Record<keyof KeyMilestones, string | null>>(sql`
    select (select min(created_at) from api_key where tenant_id = ${tenantId}::uuid)::text as "firstCreatedAt",
      (select min(last_used_at) from key_usage where tenant_id = ${tenantId}::uuid)::text as "firstUsedAt",
      (select max(last_used_at) from key_usage where tenant_id = ${tenantId}::uuid
        and hour > now() - interval '32 days')::text as "lastUsedAt",
      (select min(activated_at) from api_key_version where tenant_id = ${tenantId}::uuid and number > 1)::text as "firstRotatedAt"`);
  const iso = (text: string | null | undefined) => (text ? new Date(text).toISOString() : null);
  return {
    firstCreatedAt: iso(row?.firstCreatedAt),
    firstUsedAt: iso(row?.firstUsedAt),
    lastUsedAt: iso(row?.lastUsedAt),
    firstRotatedAt: iso(row?.firstRotatedAt),
  };
}

/** The names of keys by id; an id of another tenant, or of none, is left out. */
export async function readKeyNames(
  tx: ReadTx,
  tenantId: string,
  keyIds: readonly string[],
): Promise<Map<string, string>> {
  if (keyIds.length === 0) return new Map();
  const rows = await tx.execute<{ id: string; name: string }>(sql`
    select id, name from api_key where tenant_id = ${tenantId}::uuid
      and id = any(array(select value::uuid from json_array_elements_text(${JSON.stringify(keyIds)}::json)))`);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** A scalar: the name of a key, by columns of the caller's statement. */
export const keyNameOf = (tenantId: Column, keyId: SQL): SQL =>
  sql`(select k.name from api_key k where k.tenant_id = ${tenantId} and k.id = ${keyId})`;

/** A scalar: the user id of a key's owner as text. */
export const keyOwnerOf = (tenantId: string, keyId: string): SQL =>
  sql`(select k.owner_user_id::text from api_key k where k.tenant_id = ${tenantId}::uuid and k.id = ${keyId}::uuid)`;

/** FROM item: the keys that work now, with the columns of `api_key`; it must be given a name. */
export const activeKeys = (tenantId: string): SQL =>
  sql`(select ${apiKey}.* from ${apiKey} where ${apiKey.tenantId} = ${tenantId}::uuid and ${KEY_CONDITIONS.active})`;

/** FROM item: every version, as `key_id`, `name`, `environment`, `version_id`, `number`, `last4`. */
export const keyVersions = (tenantId: string): SQL =>
  sql`(select k.id as key_id, k.name, k.environment, v.id as version_id, v.number, v.last4
    from api_key k join api_key_version v on v.tenant_id = k.tenant_id and v.key_id = k.id where k.tenant_id = ${tenantId}::uuid)`;

/**
 * FROM item: the current secret of each key that works now, as `key_id`, `version_id`, `secret_since`, and `is_unused` where the key
 * is older than 90 days and nobody used it for as long.
 */
export const currentSecrets = (tenantId: string): SQL =>
  sql`(select k.id as key_id, v.id as version_id, coalesce(v.activated_at, v.created_at) as secret_since,
      k.created_at < now() - interval '90 days' and not exists (
        select from key_usage u where u.tenant_id = k.tenant_id and u.key_id = k.id
          and u.last_used_at > now() - interval '90 days') as is_unused
    from ${activeKeys(tenantId)} k
      join api_key_version v on v.tenant_id = k.tenant_id and v.key_id = k.id and v.state = 'current')`;

/** How old the oldest secret is that a key accepts, and how often its policy rotates it. */
export interface SecretAge {
  id: string;
  name: string;
  sinceMs: number;
  /** Null where it rotates by hand. */
  periodDays: number | null;
}

/** The keys of some environments that work now, the oldest secret first. */
export async function readSecretAges(
  tx: ReadTx,
  tenantId: string,
  environments: readonly string[],
  limit: number,
): Promise<SecretAge[]> {
  const rows = await tx.execute<SecretAge & Record<string, unknown>>(sql`
    select k.id, k.name,
      (extract(epoch from min(coalesce(v.activated_at, v.created_at))) * 1000)::float8 as "sinceMs",
      case when coalesce(s.is_off, false) or not coalesce((s.override->>'isEnabled')::boolean, (p.rules->>'isEnabled')::boolean, true)
        then null else coalesce((s.override->>'periodDays')::int, (p.rules->>'periodDays')::int) end as "periodDays"
    from ${activeKeys(tenantId)} k
    join api_key_version v on v.tenant_id = k.tenant_id and v.key_id = k.id
      and (v.state = 'current' or (v.state = 'grace' and v.grace_until > now()))
    left join rotation_policy p on p.tenant_id = k.tenant_id
    left join key_rotation_setting s on s.tenant_id = k.tenant_id and s.key_id = k.id
    where k.environment = any(array(select json_array_elements_text(${JSON.stringify(environments)}::json)))
    group by k.id, k.name, s.is_off, s.override, p.rules order by "sinceMs" limit ${limit}`);
  return [...rows];
}

/** A key as a link: `{ id, name }` as JSON, null where there is none. */
export const keyLink = (tenantId: SQL, keyId: SQL): SQL => sql`(
  select json_build_object('id', ${apiKey.id}, 'name', ${apiKey.name}) from ${apiKey}
  where ${apiKey.tenantId} = ${tenantId} and ${apiKey.id} = ${keyId})`;

/** Whether the tenant has a key of this id that was not revoked. */
export async function hasLiveKey(tx: ReadTx, tenantId: string, keyId: string): Promise<boolean> {
  const rows = await tx.execute(sql`select from ${apiKey}
    where ${apiKey.tenantId} = ${tenantId} and ${apiKey.id} = ${keyId} and ${apiKey.revokedAt} is null`);
  return rows.length > 0;
}
