import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm';
import { notification, notificationInbox } from '@/db/schema/notifications';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePerson } from '@/lib/platform/auth/require';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import {
  type InboxDto,
  type ListInboxInput,
  listInboxInput,
  UNREAD_COUNT_MAX,
} from '@/lib/platform/notifications/contract';
import { noticeDtoOf, placeOf } from '@/lib/platform/notifications/notice-dto';
import { findPolicy } from '@/lib/platform/notifications/policy/policy';

const box = notificationInbox;

async function countUnread(tx: ReadTx, tenantId: string, userId: string): Promise<number> {
  const rows = await tx
    .select({ id: box.notificationId })
    .from(box)
    .where(and(eq(box.tenantId, tenantId), eq(box.userId, userId), isNull(box.readAt)))
    .limit(UNREAD_COUNT_MAX);
  return rows.length;
}

/** The caller's own notices in the active tenant, newest first, with how many are unread. */
export async function listInbox(actor: Actor, given: ListInboxInput): Promise<InboxDto> {
  const { tenantId, userId } = requirePerson(actor);
  const { unread, cursor, limit } = listInboxInput.parse(given);
  const after = cursor ? decodeCursor(cursor, timeAndId) : null;
  return readTenant(actor, async (tx) => {
    const rows = await tx
      .select({ row: notification, readAt: box.readAt, at: box.createdAt, place: placeOf(box.createdAt) })
      .from(box)
      .innerJoin(
        notification,
        and(eq(notification.tenantId, box.tenantId), eq(notification.id, box.notificationId)),
      )
      .where(
        and(
          eq(box.tenantId, tenantId),
          eq(box.userId, userId),
          unread === 'only' ? isNull(box.readAt) : undefined,
          after
            ? lt(
                sql`(${box.createdAt}, ${box.notificationId})`,
                sql`(${after.at}::timestamptz, ${after.id}::uuid)`,
              )
            : undefined,
        ),
      )
      .orderBy(desc(box.createdAt), desc(box.notificationId))
      .limit(limit + 1);
    const { timeZone } = await findPolicy(tx, tenantId);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(({ row, readAt }) => ({
        ...noticeDtoOf(row, timeZone),
        readAt: readAt?.toISOString() ?? null,
      })),
      nextCursor: last ? encodeCursor({ at: last.place, id: last.row.id }) : null,
      unread: await countUnread(tx, tenantId, userId),
    };
  });
}
