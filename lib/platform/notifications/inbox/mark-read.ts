import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { notificationInbox } from '@/db/schema/notifications';
import { inTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePerson } from '@/lib/platform/auth/require';
import { type MarkReadInput, markReadInput } from '@/lib/platform/notifications/contract';

/** Marks notices in the caller's own inbox as read. */
// guard: a person's own reading marks change nothing that others see, and the request itself is recorded
export async function markRead(actor: Actor, given: MarkReadInput): Promise<{ marked: number }> {
  const { tenantId, userId } = requirePerson(actor);
  const input = markReadInput.parse(given);
  const unreadOwn = and(
    eq(notificationInbox.tenantId, tenantId),
    eq(notificationInbox.userId, userId),
    isNull(notificationInbox.readAt),
  );
  const which =
    'ids' in input ? and(unreadOwn, inArray(notificationInbox.notificationId, input.ids)) : unreadOwn;
  const rows = await inTenant(actor, (tx) =>
    tx
      .update(notificationInbox)
      .set({ readAt: sql`now()` })
      .where(which)
      .returning({ id: notificationInbox.notificationId }),
  );
  return { marked: rows.length };
}
