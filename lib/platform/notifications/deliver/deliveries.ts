import { and, asc, desc, eq, gte, ilike, inArray, lt, not, notInArray, or, type SQL, sql } from 'drizzle-orm';
import {
  notification,
  notificationAttempt,
  notificationChannel,
  notificationDelivery,
  notificationDeliveryItem,
} from '@/db/schema/notifications';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import {
  type DeliveryDetailDto,
  type DeliveryDto,
  type DeliveryListDto,
  type ListDeliveriesInput,
  listDeliveriesInput,
} from '@/lib/platform/notifications/contract';
import { noticeDtoOf, placeOf } from '@/lib/platform/notifications/notice-dto';
import { findPolicy } from '@/lib/platform/notifications/policy/policy';

const d = notificationDelivery;
const ch = notificationChannel;

const columns = {
  row: d,
  channelName: ch.name,
  channelKind: ch.kind,
  pausedUntil: ch.pausedUntil,
  place: placeOf(d.createdAt),
};

function selectDeliveries(tx: ReadTx) {
  return tx
    .select(columns)
    .from(d)
    .innerJoin(ch, and(eq(ch.tenantId, d.tenantId), eq(ch.id, d.channelId)));
}
type Selected = Awaited<ReturnType<typeof selectDeliveries>>[number];

/** The first notice of each delivery, by severity and time, and how many it has. */
async function firstNotices(tx: ReadTx, tenantId: string, ids: string[]) {
  if (ids.length === 0) return new Map<string, { title: string; count: number }>();
  const { timeZone } = await findPolicy(tx, tenantId);
  const rank = sql`case ${notification.severity} when 'critical' then 0 when 'warning' then 1 else 2 end`;
  const rows = await tx
    .selectDistinctOn([notificationDeliveryItem.deliveryId], {
      deliveryId: notificationDeliveryItem.deliveryId,
      row: notification,
      count: sql<number>`(count(*) over (partition by ${notificationDeliveryItem.deliveryId}))::int`,
    })
    .from(notificationDeliveryItem)
    .innerJoin(
      notification,
      and(
        eq(notification.tenantId, notificationDeliveryItem.tenantId),
        eq(notification.id, notificationDeliveryItem.notificationId),
      ),
    )
    .where(
      and(eq(notificationDeliveryItem.tenantId, tenantId), inArray(notificationDeliveryItem.deliveryId, ids)),
    )
    .orderBy(notificationDeliveryItem.deliveryId, rank, notification.createdAt);
  return new Map(
    rows.map(({ deliveryId, row, count }) => [
      deliveryId,
      { title: noticeDtoOf(row, timeZone).title, count },
    ]),
  );
}

/** Not before its own turn, nor before its channel is tried again. */
function nextAttemptOf({ row, pausedUntil }: Selected): string | null {
  if (row.nextAttemptAt === null) return null;
  const turnMs = Math.max(row.nextAttemptAt.getTime(), pausedUntil?.getTime() ?? 0);
  return new Date(turnMs).toISOString();
}

function deliveryDtoOf(selected: Selected, first: { title: string; count: number } | undefined): DeliveryDto {
  const { row, channelName, channelKind } = selected;
  return {
    id: row.id,
    channelId: row.channelId,
    channelName,
    channelKind,
    kind: row.kind,
    type: row.type,
    severity: row.severity,
    recipient: row.recipient,
    title: first?.title ?? `Test notification from channel ${channelName}`,
    noticeCount: first?.count ?? 0,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: nextAttemptOf(selected),
    lastStatus: row.lastStatus,
    lastError: row.lastError,
    redeliveryOf: row.redeliveryOf,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

type Filter = ReturnType<typeof listDeliveriesInput.parse>;

const ofChannels = (given: string[]) =>
  or(
    inArray(d.channelId, given.filter(isId)),
    inArray(
      ch.name,
      given.filter((text) => !isId(text)),
    ),
  );

function conditionsOf(filter: Filter): (SQL | undefined)[] {
  const { from, to, state, channel, type, kind, q } = filter;
  const { 'state!': notState, 'channel!': notChannel, 'type!': notType, 'kind!': notKind } = filter;
  const text = q === undefined ? undefined : `%${q.replaceAll(/[\\%_]/g, (mark) => `\\${mark}`)}%`;
  return [
    from ? gte(d.createdAt, new Date(from)) : undefined,
    to ? lt(d.createdAt, new Date(to)) : undefined,
    state ? inArray(d.state, state) : undefined,
    notState ? notInArray(d.state, notState) : undefined,
    type ? inArray(d.type, type) : undefined,
    notType ? notInArray(d.type, notType) : undefined,
    kind ? inArray(d.kind, kind) : undefined,
    notKind ? notInArray(d.kind, notKind) : undefined,
    channel ? ofChannels(channel) : undefined,
    notChannel ? not(ofChannels(notChannel) ?? sql`false`) : undefined,
    text ? or(ilike(d.recipient, text), ilike(ch.name, text), ilike(d.lastError, text)) : undefined,
  ];
}

/** The delivery log, newest first. */
export async function listDeliveries(actor: Actor, given: ListDeliveriesInput): Promise<DeliveryListDto> {
  requirePermission(actor, 'notifications:read');
  const input = listDeliveriesInput.parse(given);
  const { cursor, limit } = input;
  const after = cursor ? decodeCursor(cursor, timeAndId) : null;
  return readTenant(actor, async (tx) => {
    const rows = await selectDeliveries(tx)
      .where(
        and(
          eq(d.tenantId, actor.tenantId),
          ...conditionsOf(input),
          after
            ? lt(sql`(${d.createdAt}, ${d.id})`, sql`(${after.at}::timestamptz, ${after.id}::uuid)`)
            : undefined,
        ),
      )
      .orderBy(desc(d.createdAt), desc(d.id))
      .limit(limit + 1);
    const shown = rows.slice(0, limit);
    const ids = shown.map(({ row }) => row.id);
    const first = await firstNotices(tx, actor.tenantId, ids);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map((one) => deliveryDtoOf(one, first.get(one.row.id))),
      nextCursor: last ? encodeCursor({ at: last.place, id: last.row.id }) : null,
    };
  });
}

/** One delivery with its notices and every attempt. */
export async function getDelivery(actor: Actor, id: string): Promise<DeliveryDetailDto> {
  requirePermission(actor, 'notifications:read');
  const { tenantId } = actor;
  return readTenant(actor, async (tx) => {
    const [found] = isId(id)
      ? await selectDeliveries(tx).where(and(eq(d.tenantId, tenantId), eq(d.id, id)))
      : [];
    if (!found) throw new AppError('not_found', 'Delivery not found in this tenant.');
    const { timeZone } = await findPolicy(tx, tenantId);
    const notices = await tx
      .select({ row: notification })
      .from(notificationDeliveryItem)
      .innerJoin(
        notification,
        and(
          eq(notification.tenantId, notificationDeliveryItem.tenantId),
          eq(notification.id, notificationDeliveryItem.notificationId),
        ),
      )
      .where(
        and(eq(notificationDeliveryItem.tenantId, tenantId), eq(notificationDeliveryItem.deliveryId, id)),
      )
      .orderBy(asc(notification.createdAt))
      .limit(200);
    const attempts = await tx
      .select()
      .from(notificationAttempt)
      .where(and(eq(notificationAttempt.tenantId, tenantId), eq(notificationAttempt.deliveryId, id)))
      .orderBy(asc(notificationAttempt.number));
    const first = await firstNotices(tx, tenantId, [id]);
    return {
      ...deliveryDtoOf(found, first.get(id)),
      notices: notices.map(({ row }) => noticeDtoOf(row, timeZone)),
      attemptLog: attempts.map(({ tenantId: _, deliveryId: __, at, retryAt, ...same }) => ({
        ...same,
        at: at.toISOString(),
        retryAt: retryAt?.toISOString() ?? null,
      })),
    };
  });
}
