import { sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';

/** Findings of a week that begins on `from`, a date: found and fixed within it, open at its end. */
export interface FindingWeek {
  from: string;
  found: number;
  fixed: number;
  open: number;
}

/**
 * So many weeks, the last of which ends with the day `to`, from the episodes that the metrics have counted (docs/metrics.md); null
 * where no scan was ever read.
 */
export async function readFindingWeeks(
  tx: ReadTx,
  tenantId: string,
  to: string,
  weeks: number,
): Promise<FindingWeek[] | null> {
  const [known] = await tx.execute(
    sql`select 1 from metric_episode where tenant_id = ${tenantId}::uuid limit 1`,
  );
  if (!known) return null;
  const rows = await tx.execute<FindingWeek & Record<string, unknown>>(sql`
    select w.from_on::text as "from",
      coalesce(sum(e.count) filter (where e.opened_on between w.from_on and w.from_on + 6), 0)::int as found,
      coalesce(sum(e.count) filter (where e.ending = 'fixed' and e.ended_on between w.from_on and w.from_on + 6), 0)::int as fixed,
      coalesce(sum(e.count) filter (where e.opened_on <= w.from_on + 6 and e.ended_on > w.from_on + 6), 0)::int as open
    from (select ${to}::date - 6 - 7 * n as from_on from generate_series(${weeks - 1}::int, 0, -1) as n) w
    left join metric_episode e on e.tenant_id = ${tenantId}::uuid
    group by w.from_on order by w.from_on`);
  return [...rows];
}
