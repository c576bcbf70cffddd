import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { readTenant } from '@/db/scope';
import { AUDIT_ACTIONS } from '@/lib/platform/audit/contract';
import { EVENT_KINDS, type EventFilter, eventsHref } from '@/lib/platform/audit/event-kinds-contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { decodeCursor, encodeCursor } from '@/lib/platform/core/http/cursor';
import {
  COUNTED,
  type CountedKey,
  type MetricCountPageDto,
  type MetricCountsInput,
  metricCountsInput,
} from './rows-contract';
import { firstOf } from './rules';

const placeShape = z.strictObject({ count: z.number().int(), value: z.string().max(400) });

interface Row extends Record<string, unknown> {
  value: string;
  count: number;
  from: string;
  to: string;
}

/** The rows of the record with one of the values. */
function hrefOf(of: CountedKey, { value, from, to }: Row): string {
  const isNetwork = value.includes(':');
  const filters: Record<CountedKey, EventFilter> = {
    actors: { caller: value, is: 'auth_failure' },
    addresses: { ip: isNetwork ? `${value}/64` : value, is: 'auth_failure' },
    codes: {
      ...(value in AUDIT_ACTIONS ? { action: value, code: 'none' } : { code: value }),
      is: 'auth_failure',
    },
    keys: { key: value, ...EVENT_KINDS.limited },
    places: { place: value, ...EVENT_KINDS.limited },
  };
  return eventsHref(filters[of], { from, to });
}

/** The values that a number counts, the most frequent ones first, each with its rows. */
export async function listCountedValues(actor: Actor, input: MetricCountsInput): Promise<MetricCountPageDto> {
  requirePermission(actor, 'metrics:read');
  const { month, of, cursor, limit } = metricCountsInput.parse(input);
  const { metric, dimension } = COUNTED[of];
  const after = cursor === undefined ? null : decodeCursor(cursor, placeShape);
  const first = firstOf(month);
  return readTenant(actor, async (tx) => {
    const rows = await tx.execute<Row>(sql`
      select c.value, c.count::float8 as count, to_json(${first}::timestamp at time zone t.time_zone) #>> '{}' as "from",
        to_json((${first}::timestamp + interval '1 month') at time zone t.time_zone) #>> '{}' as "to"
      from metric_count c join identity.tenant t on t.id = c.tenant_id
      where c.tenant_id = ${actor.tenantId}::uuid and c.month = ${first}::date and c.metric = ${metric} and c.dimension = ${dimension}
        ${after === null ? sql`` : sql`and (c.count < ${after.count} or (c.count = ${after.count} and c.value > ${after.value}))`}
      order by c.count desc, c.value limit ${limit + 1}`);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows
        .slice(0, limit)
        .map((row) => ({ value: row.value, count: row.count, href: hrefOf(of, row) })),
      nextCursor: last ? encodeCursor({ count: last.count, value: last.value }) : null,
    };
  });
}
