/** Statements of the gate, run as app_gate: it reads what deciding needs and inserts into the record, nothing else. */

const KEY_COLUMNS = `
  v.tenant_id as "tenantId", v.key_id as "keyId", v.id as "versionId", v.number, v.public_id as "publicId",
  v.digest, v.pepper_id as "pepperId", v.state,
  (extract(epoch from v.grace_until) * 1000)::float8 as "graceUntilMs",
  coalesce(v.revoked_reason, k.revoked_reason) as "revokedReason",
  k.name, k.environment, k.owner_user_id as "ownerUserId", k.scopes, k.allowed_cidrs as "allowedCidrs",
  k.rate_limits as "rateLimits", (extract(epoch from k.expires_at) * 1000)::float8 as "expiresAtMs",
  k.disabled_at is not null as "isDisabled", k.revoked_at is not null as "isRevoked"`;

export const SELECT_CLOCK = `select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"`;

/** $1 tenant ids, $2 public ids of keys, $3 of source tokens: revisions of these tenants, and of whose these are. */
export const SELECT_REVISIONS = `
  select tenant_id as "tenantId", revision::float8 as revision from gate_revision
  where tenant_id = any($1::uuid[])
    or tenant_id in (select tenant_id from api_key_version where public_id = any($2::text[]))
    or tenant_id in (select tenant_id from event_source_token where public_id = any($3::text[]))`;

/** $1 public ids of tokens. */
export const SELECT_SOURCES = `
  select t.tenant_id as "tenantId", t.source_id as "sourceId", t.id as "tokenId", t.public_id as "publicId", t.digest,
    t.pepper_id as "pepperId", s.name, s.allowed_cidrs as "allowedCidrs", s.client_subject as "clientSubject",
    t.revoked_at is not null or s.revoked_at is not null as "isRevoked"
  from event_source_token t join event_source s on s.tenant_id = t.tenant_id and s.id = t.source_id
  where t.public_id = any($1::text[])`;

/** $1 public ids. */
export const SELECT_KEYS = `
  select ${KEY_COLUMNS}
  from api_key_version v join api_key k on k.tenant_id = v.tenant_id and k.id = v.key_id
  where v.public_id = any($1::text[])`;

/** $1 tenant ids, $2 the revision known of each, $3 the most rows to list. */
export const SELECT_CHANGED = `
  with known as (select * from unnest($1::uuid[], $2::bigint[]) as u(tenant_id, revision))
  select ${KEY_COLUMNS}
  from known
    join api_key_version v on v.tenant_id = known.tenant_id and v.revision > known.revision
    join api_key k on k.tenant_id = v.tenant_id and k.id = v.key_id
  union all
  select ${KEY_COLUMNS}
  from known
    join api_key k on k.tenant_id = known.tenant_id and k.revision > known.revision
    join api_key_version v on v.tenant_id = k.tenant_id and v.key_id = k.id
  limit $3`;

/**
 * $1 tenant ids, $2 the revision known of each, -1 for none: the active blocks of those in which a block changed since,
 * and one row without an id for one that has none left.
 */
export const SELECT_BLOCKS = `
  with known as (select * from unnest($1::uuid[], $2::bigint[]) as u(tenant_id, revision))
  select known.tenant_id as "tenantId", b.id, b.kind, b.value, b.reason,
    (extract(epoch from b.expires_at) * 1000)::float8 as "expiresAtMs"
  from known
    left join access_block b on b.tenant_id = known.tenant_id and b.lifted_at is null
      and (b.expires_at is null or b.expires_at > statement_timestamp())
  where known.revision < 0 or exists (
    select from access_block c where c.tenant_id = known.tenant_id and c.revision > known.revision)`;
