import { type SQL, sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import { readEvents } from './columns';
import {
  type AuditEventDetailDto,
  type AuditEventDto,
  type AuditEventRefDto,
  type AuditPageDto,
  type GetAuditEventInput,
  getAuditEventInput,
  type ListAuditInput,
  listAuditInput,
} from './contract';
import { decodeCursor, encodeCursor, isPlaceTime, type Position } from './cursor';
import { isTimeOrderedId, olderThan, planOf, timeOfId } from './filters';
import { isoTime, PAGE_BUDGET, type ScanBudget, scan } from './scan';

/**
 * One page of the log, newest first; see {@link AuditPageDto} for pages that are not full.
 * @throws AppError `bad_request` for a range, filter or cursor that cannot be used
 */
export async function listAuditEvents(
  actor: Actor,
  given: ListAuditInput,
  budget: ScanBudget = PAGE_BUDGET,
): Promise<AuditPageDto> {
  requirePermission(actor, 'audit:read');
  const input = listAuditInput.parse(given);
  const cursor = input.cursor === undefined ? null : decodeCursor(input.cursor);
  const plan = planOf(actor, input, Date.now());
  if (cursor) plan.fromMs = cursor.fromMs;
  return readTenant(actor, async (tx) => {
    const { found, searchedTo } = await scan(tx, plan, cursor, input.limit + 1, budget);
    const places = found.slice(0, input.limit);
    const items = await readEvents(tx, actor.tenantId, places);
    const isFull = found.length > input.limit;
    const next = isFull ? places.at(-1) : searchedTo;
    return {
      items,
      nextCursor: next ? encodeCursor({ at: next.at, id: next.id, fromMs: plan.fromMs }) : null,
      ...(next && !isFull ? { searchedTo: next.at } : {}),
    };
  });
}

/** Ids carry the writer's clock; the row's `at` is the database's. Nearly always the first span finds it. */
const ID_SPANS_MS = [2 * SECOND_MS, MINUTE_MS, HOUR_MS, 25 * HOUR_MS];

async function placeOf(
  tx: ReadTx,
  tenantId: string,
  id: string,
  at: string | undefined,
): Promise<Position | null> {
  const spans = at === undefined ? (isTimeOrderedId(id) ? ID_SPANS_MS : []) : [0];
  const middleMs = at === undefined ? timeOfId(id) : 0;
  for (const spanMs of spans) {
    const [from, to] = at === undefined ? [isoOf(middleMs - spanMs), isoOf(middleMs + spanMs)] : [at, at];
    const [row] = await tx.execute<{ at: string }>(sql`
      select ${isoTime(sql`at`)} as at from public.audit_event where tenant_id = ${tenantId}::uuid
        and at between ${from}::timestamptz and ${to}::timestamptz and id = ${id}::uuid limit 1`);
    if (row) return { at: row.at, id };
  }
  return null;
}

const isoOf = (timeMs: number) => new Date(timeMs).toISOString();

async function refs(tx: ReadTx, where: SQL, order: SQL, limit: number): Promise<AuditEventRefDto[]> {
  const rows = await tx.execute<AuditEventRefDto & Record<string, unknown>>(sql`
    select id, ${isoTime(sql`at`)} as at, action, category, outcome from public.audit_event
    where ${where} order by ${order} limit ${limit}::integer`);
  return [...rows];
}

const NEIGHBOUR_SPAN_MS = 31 * DAY_MS;
const SAME_REQUEST_MAX = 20;

async function neighbours(tx: ReadTx, event: AuditEventDto) {
  const own = sql`audit_event.tenant_id = ${event.tenantId}::uuid`;
  const at = sql`${event.at}::timestamptz`;
  const eventMs = Date.parse(event.at);
  const [newer] = await refs(
    tx,
    sql`${own} and at >= ${at} and at < ${isoOf(eventMs + NEIGHBOUR_SPAN_MS)}::timestamptz and (at, id) > (${at}, ${event.id}::uuid)`,
    sql`audit_event.at, id`,
    1,
  );
  const [older] = await refs(
    tx,
    sql`${own} and at > ${isoOf(eventMs - NEIGHBOUR_SPAN_MS)}::timestamptz and ${olderThan(event)}`,
    sql`audit_event.at desc, id desc`,
    1,
  );
  const sameRequest = await refs(
    tx,
    sql`${own} and at between ${isoOf(eventMs - 5 * SECOND_MS)}::timestamptz and ${isoOf(eventMs + 5 * SECOND_MS)}::timestamptz
      and request_id = ${event.requestId}::text and id <> ${event.id}::uuid`,
    sql`audit_event.at, id`,
    SAME_REQUEST_MAX,
  );
  return { newer: newer ?? null, older: older ?? null, sameRequest };
}

/**
 * One event with its neighbours in time and the other events of its request (within five seconds).
 * @param given `at` as the list gave it: finds the row at once, and is needed for ids that tell no time
 * @throws AppError `not_found`
 */
export async function getAuditEvent(
  actor: Actor,
  id: string | undefined,
  given: GetAuditEventInput,
): Promise<AuditEventDetailDto> {
  requirePermission(actor, 'audit:read');
  const { at } = getAuditEventInput.parse(given);
  const missing = () => new AppError('not_found', 'Event not found in this tenant.');
  if (!isId(id) || (at !== undefined && !isPlaceTime(at))) throw missing();
  return readTenant(actor, async (tx) => {
    const place = await placeOf(tx, actor.tenantId, id, at);
    const [event] = place ? await readEvents(tx, actor.tenantId, [place]) : [];
    if (!event) throw missing();
    return { event, ...(await neighbours(tx, event)) };
  });
}
