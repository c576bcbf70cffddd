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

/** $1 tenant ids, $2 public ids: revisions of these tenants and of the tenants of these keys. */
export const SELECT_REVISIONS = `
  select tenant_id as "tenantId", revision::float8 as revision from gate_revision
  where tenant_id = any($1::uuid[])
    or tenant_id in (select tenant_id from api_key_version where public_id = any($2::text[]))`;

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

export const NOTIFY_FIRST_USE = `select pg_notify('key_first_use', $1)`;

const INSERT_ROWS = `
  insert into audit_event (tenant_id, at, id, category, action, outcome, code, actor_type, actor_id, actor_label,
    key_id, key_version_id, ip, method, path, status, duration_us, target_type, target_id, target_label, reason, request_id)
  select "tenantId", least(to_timestamp("atMs" / 1000), statement_timestamp() - interval '1 microsecond'), id, 'decision',
    action, outcome, code, "actorType", "actorId", "actorLabel", "actorId", "keyVersionId", ip, method, path, status,
    "durationUs", "targetType", "targetId", "targetLabel", reason, id::text
  from json_to_recordset($1::json) as r("tenantId" uuid, "atMs" float8, id uuid, action text, outcome text, code text,
    "actorType" text, "actorId" uuid, "actorLabel" text, "keyVersionId" uuid, ip inet, method text, path text,
    status smallint, "durationUs" integer, "targetType" text, "targetId" text, "targetLabel" text, reason text)`;

/** $1 rows as JSON. For a transaction whose own snapshot the decisions were made with. */
export const INSERT_IN_SNAPSHOT = INSERT_ROWS;

/**
 * $1 rows as JSON, $2 tenant ids, $3 the revision of each, $4 and $5 the span in which the decisions hold: inserts
 * every row or, where a revision differs or the span is missed, none.
 */
export const INSERT_IF_CURRENT = `${INSERT_ROWS}
  where statement_timestamp() >= to_timestamp($4::float8 / 1000) and statement_timestamp() < to_timestamp($5::float8 / 1000)
    and (select count(*) from unnest($2::uuid[], $3::bigint[]) as u(tenant_id, revision)
         join gate_revision g on g.tenant_id = u.tenant_id and g.revision = u.revision) = cardinality($2::uuid[])`;
