import { and, eq, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { detectionGroup } from '@/db/schema/detections';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import { decodeCursor, encodeCursor } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import { log } from '@/lib/platform/core/log';
import { currentPolicy } from '@/lib/response/detections/policy/policy-file';
import {
  type GroupDetailDto,
  type GroupDto,
  type GroupFilter,
  type GroupListDto,
  type GroupSort,
  type ListGroupsInput,
  listGroupsInput,
} from '@/lib/response/detections/view-contract';
import { except, isoMicros } from './conditions';
import { groupDtoOf, groupNotFound } from './group-dto';
import { groupConditions } from './group-filter';

/** After so long without an event a group does not go on. */
export const idleMs = (): number => currentPolicy(getEnv().detectionsFile, log()).grouping.idle;

const micros = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/);
const place = z.strictObject({
  at: micros,
  id: z.uuid(),
  rank: z.number().int().optional(),
  count: z.number().optional(),
});
type Place = z.infer<typeof place>;

interface Order {
  order: SQL;
  after: (place: Place) => SQL;
  at: SQL;
}

const byTime = sql`g.last_received_at`;
const ORDERS: Record<GroupSort, Order> = {
  newest: {
    order: sql`g.last_received_at desc, g.id desc`,
    after: ({ at, id }) => sql`(g.last_received_at, g.id) < (${at}::timestamptz, ${id}::uuid)`,
    at: byTime,
  },
  severity: {
    order: sql`g.severity_rank, g.last_received_at desc, g.id desc`,
    after: ({ at, id, rank = 0 }) =>
      sql`(g.severity_rank > ${rank} or (g.severity_rank = ${rank} and (g.last_received_at, g.id) < (${at}::timestamptz, ${id}::uuid)))`,
    at: byTime,
  },
  count: {
    order: sql`g.count desc, g.last_received_at desc, g.id desc`,
    after: ({ at, id, count = 0 }) =>
      sql`(g.count < ${count} or (g.count = ${count} and (g.last_received_at, g.id) < (${at}::timestamptz, ${id}::uuid)))`,
    at: byTime,
  },
  updated: {
    order: sql`g.updated_at, g.id`,
    after: ({ at, id }) => sql`(g.updated_at, g.id) > (${at}::timestamptz, ${id}::uuid)`,
    at: sql`g.updated_at`,
  },
};

type Row = typeof detectionGroup.$inferSelect;

/** Rows by their ids, in the order of the list. */
async function rowsOf(
  tx: ReadTx,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, { row: Row; updatedAt: string }>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select({ row: detectionGroup, updatedAt: isoMicros(sql`${detectionGroup.updatedAt}`) })
    .from(detectionGroup)
    .where(
      and(
        eq(detectionGroup.tenantId, tenantId),
        sql`${detectionGroup.id} in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`,
      ),
    );
  return new Map(rows.map((one) => [one.row.id, one]));
}

interface Found extends Record<string, unknown> {
  id: string;
  at: string;
  rank: number;
  count: number;
}

/** One page in the caller's transaction. */
export async function readGroupPage(
  tx: ReadTx,
  tenantId: string,
  filter: GroupFilter,
  page: { sort: GroupSort; cursor?: string | undefined; limit: number },
): Promise<GroupListDto> {
  const nowMs = Date.now();
  const idle = idleMs();
  const conditions = groupConditions(tenantId, filter, nowMs, idle);
  const { order, after, at } = ORDERS[page.sort];
  const start = page.cursor === undefined ? null : decodeCursor(page.cursor, place);
  const found = await tx.execute<Found>(sql`
    select g.id, ${isoMicros(at)} as at, g.severity_rank as rank, g.count::float8 as count from detection_group g
    where ${except(conditions)} ${start ? sql`and ${after(start)}` : sql``} order by ${order} limit ${page.limit + 1}`);
  const shown = found.slice(0, page.limit);
  const rows = await rowsOf(
    tx,
    tenantId,
    shown.map(({ id }) => id),
  );
  const last = found.length > page.limit ? shown.at(-1) : undefined;
  return {
    items: shown.flatMap(({ id }) => {
      const one = rows.get(id);
      return one ? [groupDtoOf(one.row, one.updatedAt, nowMs, idle)] : [];
    }),
    nextCursor: last
      ? encodeCursor({ at: last.at, id: last.id, rank: last.rank, count: last.count } satisfies Place)
      : null,
  };
}

/** Groups that the filter finds, open and acknowledged ones unless it says otherwise; the newest first. */
export async function listGroups(actor: Actor, input: ListGroupsInput = {}): Promise<GroupListDto> {
  requirePermission(actor, 'detections:read');
  const { cursor, limit, sort, ...filter } = listGroupsInput.parse(input);
  const order = sort ?? (filter.updatedSince === undefined ? 'newest' : 'updated');
  return readTenant(actor, (tx) => readGroupPage(tx, actor.tenantId, filter, { sort: order, cursor, limit }));
}

/** One group in the caller's transaction. @throws AppError `not_found` */
export async function readGroup(tx: ReadTx, tenantId: string, id: string): Promise<GroupDto> {
  const found = isId(id) ? (await rowsOf(tx, tenantId, [id])).get(id) : undefined;
  if (!found) throw groupNotFound();
  return groupDtoOf(found.row, found.updatedAt, Date.now(), idleMs());
}

const DIFFERING_SHOWN = 16;
const VALUES_KEPT = 4;
const ENTITIES_SHOWN = 60;
const MINUTES = 60;

/** A group with what its events have and have not in common. @throws AppError `not_found` */
export async function getGroup(actor: Actor, id: string): Promise<GroupDetailDto> {
  requirePermission(actor, 'detections:read');
  return readTenant(actor, async (tx) => {
    const group = await readGroup(tx, actor.tenantId, id);
    const own = sql`tenant_id = ${actor.tenantId}::uuid and group_id = ${id}::uuid`;
    const [row] = await tx.execute<{ differing: Record<string, string[]> }>(
      sql`select differing from detection_group where tenant_id = ${actor.tenantId}::uuid and id = ${id}::uuid`,
    );
    const entities = await tx.execute<{
      type: string;
      value: string;
      first: string;
      last: string;
      count: number;
    }>(sql`
      select type, value, ${isoMicros(sql`first_at`)} as first, ${isoMicros(sql`last_at`)} as last, count::float8 as count
      from detection_entity where ${own} order by count desc, type, value limit ${ENTITIES_SHOWN}`);
    const minutes = await tx.execute<{ ago: number; count: number }>(sql`
      select floor(extract(epoch from date_trunc('minute', now()) - at) / 60)::int as ago, sum(count)::float8 as count
      from detection_tally where ${own} and span = 'minute' and at > now() - interval '1 hour' group by 1`);
    const counts = new Map(minutes.map(({ ago, count }) => [ago, Number(count)]));
    const differing = Object.entries(row?.differing ?? {}).filter(([, values]) => values.length > 1);
    return {
      group,
      differing: differing.slice(0, DIFFERING_SHOWN).map(([name, values]) => ({
        name,
        values,
        hasMore: values.length >= VALUES_KEPT,
      })),
      entities: entities.map(({ type, value, first, last, count }) => ({
        type: type as GroupDetailDto['entities'][number]['type'],
        value,
        firstAt: new Date(first).toISOString(),
        lastAt: new Date(last).toISOString(),
        count: Number(count),
      })),
      minutes: Array.from({ length: MINUTES }, (_, i) => counts.get(MINUTES - 1 - i) ?? 0),
    };
  });
}
