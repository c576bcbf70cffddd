import { type SQL, sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import {
  BACKEND_KINDS,
  EXPOSURES,
  SECRET_FACETS,
  SECRET_KINDS,
  type SecretFacet,
  type SecretFacetsDto,
  type SecretFilter,
  type SecretFilterInput,
  secretFilterInput,
} from './contract';
import { secretWhere } from './secret-filter';
import { ownerKey, secretStatus } from './status-sql';

const VALUES_MAX = 50;
const COLUMNS: Readonly<Record<SecretFacet, SQL>> = {
  status: secretStatus,
  backend: sql`b.kind`,
  exposure: sql`s.exposure`,
  kind: sql`s.kind`,
  owner: ownerKey,
};
const LABELS: Partial<Record<SecretFacet, Readonly<Record<string, string>>>> = {
  backend: BACKEND_KINDS,
  exposure: EXPOSURES,
  kind: SECRET_KINDS,
};

interface Counted extends Record<string, unknown> {
  value: string;
  label: string | null;
  count: number;
}

async function countFacet(tx: ReadTx, tenantId: string, facet: SecretFacet, filter: SecretFilter) {
  const rows = await tx.execute<Counted>(sql`
    select f.value, u.display_name as label, f.count from (
      select ${COLUMNS[facet]} as value, count(*)::int as count
      from secret s join secret_backend b on b.tenant_id = s.tenant_id and b.id = s.backend_id
      where ${secretWhere(tenantId, filter, facet)} group by 1) f
    left join identity.user_account u on ${facet === 'owner' ? sql`u.id::text = f.value` : sql`false`}
    where f.value is not null order by f.count desc, f.value limit ${VALUES_MAX}`);
  return rows.map(({ value, label, count }) => ({
    value,
    label: label ?? (value === 'unknown' ? 'Unknown' : (LABELS[facet]?.[value] ?? value)),
    count,
  }));
}

/** Counts of each facet's values; each leaves its own filter out. */
export async function secretFacets(actor: Actor, input: SecretFilterInput): Promise<SecretFacetsDto> {
  requirePermission(actor, 'secrets:read');
  const filter = secretFilterInput.parse(input);
  return readTenant(actor, async (tx) => {
    const facets = {} as SecretFacetsDto['facets'];
    for (const facet of SECRET_FACETS) facets[facet] = await countFacet(tx, actor.tenantId, facet, filter);
    return { facets };
  });
}
