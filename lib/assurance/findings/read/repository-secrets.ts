import { sql } from 'drizzle-orm';
import { readTenant } from '@/db/scope';
import type { RepositorySecret } from '@/lib/access/secrets/contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';

const LISTED_MAX = 5_000;

interface Row extends Record<string, unknown> {
  findingId: string;
  name: string;
  place: string;
  firstSeenAt: string;
  ownerUserId: string | null;
}

/** Secrets that scanners see in repositories now and that no decision has dismissed, for the inventory of secrets. */
export async function repositorySecrets(actor: Actor): Promise<RepositorySecret[]> {
  requirePermission(actor, 'findings:read');
  const rows = await readTenant(actor, (tx) =>
    tx.execute<Row>(sql`
      select f.id as "findingId", f.rule_id as name, a.name || coalesce(': ' || f.path, '') as place,
        f.first_seen_at::text as "firstSeenAt", f.owner_user_id as "ownerUserId"
      from finding f join asset a on a.tenant_id = f.tenant_id and a.id = f.asset_id
      where f.tenant_id = ${actor.tenantId}::uuid and f.kind = 'secret' and f.status in ('open', 'accepted')
      order by f.opened_at desc, f.id limit ${LISTED_MAX}`),
  );
  return rows.map((row) => ({ ...row, firstSeenAt: new Date(row.firstSeenAt) }));
}
