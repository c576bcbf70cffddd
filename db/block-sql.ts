/** How the gate reads blocks, as app_gate and in the snapshot that its decisions are made in. */

const BLOCK_COLUMNS = `
  b.id, b.kind, b.value, b.reason, (extract(epoch from b.expires_at) * 1000)::float8 as "expiresAtMs"`;

/**
 * $1 tenant ids, $2 the revision known of each (-1 where nothing is known), $3 the most rows.
 * All active blocks of each tenant in which any block changed since that revision. A tenant that is left without one
 * answers with a single row whose `id` is null; a tenant with no row at all stands as it was known.
 */
export const SELECT_BLOCKS = `
  with known as (select * from unnest($1::uuid[], $2::bigint[]) as u(tenant_id, revision))
  select known.tenant_id as "tenantId", ${BLOCK_COLUMNS}
  from known left join access_block b on b.tenant_id = known.tenant_id and b.lifted_at is null
    and (b.expires_at is null or b.expires_at > statement_timestamp())
  where exists (
    select 1 from access_block changed
    where changed.tenant_id = known.tenant_id and changed.revision > known.revision)
  limit $3`;
