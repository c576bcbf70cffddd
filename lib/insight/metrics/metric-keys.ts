import { sql } from 'drizzle-orm';
import { readTenant } from '@/db/scope';
import { keyVersions } from '@/lib/access/api-keys/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { notKeptOf, snapshotAt } from './kept-rows';
import {
  type MetricKeyDto,
  type MetricKeyPageDto,
  type MetricKeysInput,
  metricKeysInput,
} from './rows-contract';

interface Row extends Record<string, unknown>, MetricKeyDto {
  place: string;
}

/** The keys that a number of a month counts, the oldest secret first, each with the version that was current. */
export async function listMetricKeys(actor: Actor, input: MetricKeysInput): Promise<MetricKeyPageDto> {
  requirePermission(actor, 'metrics:read');
  requirePermission(actor, 'keys:read');
  const { month, series, cursor, limit } = metricKeysInput.parse(input);
  const { tenantId } = actor;
  const after = cursor === undefined ? null : decodeCursor(cursor, timeAndId);
  return readTenant(actor, async (tx) => {
    const rows = await tx.execute<Row>(sql`
      select v.key_id as "keyId", v.name, v.environment, v.number as version, v.last4, to_json(r.at) #>> '{}' as "activatedAt",
        floor(extract(epoch from r.counted_at - r.at) / 86400)::integer as "ageDays", 'rotated' = any(r.marks) as "isRotated",
        'unused' = any(r.marks) as "isUnused", to_char(r.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as place
      from (
        select * from ${snapshotAt(tenantId, 'keys', month)} s
        where true ${series === 'unused' ? sql`and 'unused' = any(s.marks)` : sql``}
          ${after === null ? sql`` : sql`and (s.at, s.subject_id) > (${after.at}::timestamptz, ${after.id}::uuid)`}
        order by s.at, s.subject_id limit ${limit + 1}) r
        join ${keyVersions(tenantId)} v on v.key_id = r.subject_id and v.version_id = r.version_id
      order by r.at, v.key_id`);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(({ place: _, activatedAt, ...row }) => ({
        ...row,
        activatedAt: new Date(activatedAt).toISOString(),
      })),
      nextCursor: last ? encodeCursor({ at: last.place, id: last.keyId }) : null,
      notKept: after === null ? await notKeptOf(tx, tenantId, month, 'keys', series) : 0,
    };
  });
}
