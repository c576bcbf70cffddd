import { sql } from 'drizzle-orm';
import { notification } from '@/db/schema/notifications';
import type { WriteTx } from '@/db/scope';
import { newId } from '@/lib/platform/core/ids';
import { NOTIFICATION_TYPES, type NotificationEvent, type NotificationType } from './notice-contract';
import { severityOf } from './rules';

const LABEL_LENGTH_MAX = 200;
const KEY_LENGTH_MAX = 200;

/** The channel on which the worker hears that a tenant has something to dispatch. */
export const QUEUED_CHANNEL = 'notification_queued';

const storable = (text: string, max: number) =>
  text.slice(0, max).toWellFormed().replaceAll('\u0000', '\uFFFD');

/**
 * Writes an event into the outbox in the caller's transaction: told if that commits, never otherwise. The worker
 * dispatches it. The transaction must be open for the event's tenant.
 * @returns whether this was the first event with its dedupe key
 */
export async function notify<T extends NotificationType>(
  tx: WriteTx,
  event: NotificationEvent<T>,
): Promise<boolean> {
  const { tenantId, type, subject, ownerUserId = null, dedupeKey } = event;
  if (dedupeKey === '' || dedupeKey.length > KEY_LENGTH_MAX) throw new Error('The dedupe key is not usable.');
  const data = NOTIFICATION_TYPES[type].data.parse(event.data) as typeof event.data;
  const rows = await tx
    .insert(notification)
    .values({
      tenantId,
      id: newId(),
      type,
      severity: severityOf(type, data),
      subjectType: subject.type,
      subjectId: subject.id,
      subjectLabel: storable(subject.label, LABEL_LENGTH_MAX),
      ownerUserId,
      dedupeKey,
      data,
    })
    .onConflictDoNothing({ target: [notification.tenantId, notification.dedupeKey] })
    .returning({ id: notification.id });
  if (rows.length === 0) return false;
  await tx.execute(sql`select pg_notify(${QUEUED_CHANNEL}, ${tenantId})`);
  return true;
}
