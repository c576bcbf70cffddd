import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { readTenant } from '@/db/scope';
import { namedFindings } from '@/lib/assurance/findings/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { decodeCursor, encodeCursor } from '@/lib/platform/core/http/cursor';
import { notKeptOf, snapshotAt } from './kept-rows';
import type { MetricFindingPageDto, metricFindingsInput, SnapshotSeries } from './rows-contract';

type Asked = z.output<typeof metricFindingsInput> & { series: SnapshotSeries };

interface Row extends Record<string, unknown> {
  findingId: string;
  at: string;
  title: string;
  ruleId: string;
  severity: string;
  asset: string;
  status: string;
  isOverdue: boolean;
}

/** The findings that the snapshot of a month counted as known to be exploited, as they are called now. */
export async function listSnapshotFindings(
  actor: Actor,
  { month, series, severity, cursor, limit }: Asked,
): Promise<MetricFindingPageDto> {
  const { tenantId } = actor;
  const after = cursor === undefined ? null : decodeCursor(cursor, z.uuid());
  return readTenant(actor, async (tx) => {
    const rows = await tx.execute<Row>(sql`
      select f.id as "findingId", to_json(r.at) #>> '{}' as at, f.title, f.rule_id as "ruleId", f.severity, f.asset,
        f.status, 'overdue' = any(r.marks) as "isOverdue"
      from ${snapshotAt(tenantId, 'exploited', month)} r
        join ${namedFindings(tenantId)} f on f.id = r.subject_id
      where true ${series === 'overdue' ? sql`and 'overdue' = any(r.marks)` : sql``}
        ${severity === undefined ? sql`` : sql`and f.severity = ${severity}`}
        ${after === null ? sql`` : sql`and f.id > ${after}::uuid`}
      order by f.id limit ${limit + 1}`);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    const valueSeries = series === 'overdue' ? 'overdue' : 'open';
    return {
      items: shown.map(({ isOverdue, at, ...row }) => ({
        ...row,
        at: new Date(at).toISOString(),
        mark: isOverdue ? 'overdue' : null,
      })),
      nextCursor: last ? encodeCursor(last.findingId) : null,
      notKept: after === null ? await notKeptOf(tx, tenantId, month, 'exploited', valueSeries) : 0,
    };
  });
}
