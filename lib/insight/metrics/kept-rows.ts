import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { firstOf } from './rules';

/**
 * What the snapshot counted at the end of a month, or until now: `subject_id`, `version_id`, `at`, `marks`, and in
 * `counted_at` when it did so. Nothing for a month without a snapshot.
 */
export function snapshotAt(tenantId: string, metric: 'exploited' | 'keys', month: string): SQL {
  const first = firstOf(month);
  return sql`(select k.subject_id, k.version_id, k.at, k.marks, v.computed_at as counted_at
    from metric_value v join metric_snapshot_row k on k.tenant_id = v.tenant_id and k.metric = v.metric
      and k.since <= v.month and k.until >= v.month
    where v.tenant_id = ${tenantId}::uuid and v.month = ${first}::date and v.metric = ${metric}
      and v.series = ${metric === 'keys' ? 'unused' : 'open'})`;
}

/** How many were counted in a month of which no row was kept. */
export async function notKeptOf(
  tx: ReadTx,
  tenantId: string,
  month: string,
  metric: 'exploited' | 'keys',
  series: string,
): Promise<number> {
  const [row] = await tx.execute<{ counted: number | null }>(sql`
    select coalesce(${series === 'usable' ? sql`v.n` : sql`v.value`}, 0)::float8 as counted from metric_value v
    where v.tenant_id = ${tenantId}::uuid and v.month = ${firstOf(month)}::date and v.metric = ${metric}
      and v.series = ${series === 'usable' ? 'unused' : series}
      and not exists (select from ${snapshotAt(tenantId, metric, month)} r)`);
  return row?.counted ?? 0;
}
