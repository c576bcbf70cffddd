import { sql } from 'drizzle-orm';
import { inTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';

/** So many rows are added up quickly enough; each statement on findings appends a few. */
const ROWS_MAX = 2_000;

/** Adds up the rows of the tally of findings where there are many; what they say stays the same. */
// guard: derived counters; the changes they count are recorded already
export async function compactTally(actor: Actor): Promise<void> {
  const { tenantId } = actor;
  await inTenant(actor, async (tx) => {
    const [tally] = await tx.execute<{ rows: number; kinds: number }>(sql`
      select count(*)::integer as rows,
        count(distinct (asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id))::integer as kinds
      from finding_tally where tenant_id = ${tenantId}::uuid`);
    if (!tally || tally.rows < ROWS_MAX || tally.rows < 2 * tally.kinds) return;
    await tx.execute(sql`
      with gone as (delete from finding_tally where tenant_id = ${tenantId}::uuid returning *)
      insert into finding_tally (tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id,
        change)
      select tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id, sum(change)
      from gone group by 1, 2, 3, 4, 5, 6, 7, 8, 9 having sum(change) <> 0`);
  });
}
