import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { readTenant } from '@/db/scope';
import { statesBefore } from '@/lib/assurance/checklist/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { decodeCursor, encodeCursor } from '@/lib/platform/core/http/cursor';
import {
  type MetricObjectiveDto,
  type MetricObjectivePageDto,
  type MetricObjectivesInput,
  metricObjectivesInput,
} from './rows-contract';
import { firstOf } from './rules';

interface Row extends Record<string, unknown>, MetricObjectiveDto {}

/** The objectives that a number of a month counts, in the last state that was recorded before its end. */
export async function listMetricObjectives(
  actor: Actor,
  input: MetricObjectivesInput,
): Promise<MetricObjectivePageDto> {
  requirePermission(actor, 'metrics:read');
  requirePermission(actor, 'checklist:read');
  const { month, series, cursor, limit } = metricObjectivesInput.parse(input);
  const { tenantId } = actor;
  const after = cursor === undefined ? '' : decodeCursor(cursor, z.string().max(200));
  return readTenant(actor, async (tx) => {
    const rows = await tx.execute<Row>(sql`
      select s.objective, s.state, to_json(s.at) #>> '{}' as at, s.reason, s.state in ('pass', 'warn') as "isHolding"
      from identity.tenant t cross join lateral ${statesBefore(
        sql`t.id`,
        sql`(${firstOf(month)}::timestamp + interval '1 month') at time zone t.time_zone`,
      )} s
      where t.id = ${tenantId}::uuid and s.objective > ${after}
        and ${series === 'failing' ? sql`s.state = 'fail'` : sql`s.state <> 'not_applicable'`}
      order by s.objective limit ${limit + 1}`);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map((row) => ({ ...row, at: new Date(row.at).toISOString() })),
      nextCursor: last ? encodeCursor(last.objective) : null,
    };
  });
}
