import { and, eq, sql } from 'drizzle-orm';
import { notificationDelivery, notificationDeliveryItem } from '@/db/schema/notifications';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId, newId } from '@/lib/platform/core/ids';
import { lockChannel } from '@/lib/platform/notifications/channels/channel-store';
import { QUEUED_CHANNEL } from '@/lib/platform/notifications/notify';

/**
 * Sends a finished delivery again as a new one with the same notices; a webhook gets the same `webhook-id`.
 * @throws AppError `conflict` while it is still under way, or where its channel is turned off
 */
export async function redeliver(actor: Actor, id: string): Promise<{ deliveryId: string }> {
  requirePermission(actor, 'notifications:write');
  const { tenantId } = actor;
  const ofDelivery = and(eq(notificationDelivery.tenantId, tenantId), eq(notificationDelivery.id, id));
  return inTenant(actor, async (tx) => {
    const [delivery] = isId(id)
      ? await tx.select().from(notificationDelivery).where(ofDelivery).for('update')
      : [];
    if (!delivery) throw new AppError('not_found', 'Delivery not found in this tenant.');
    if (delivery.state !== 'succeeded' && delivery.state !== 'failed') {
      throw new AppError('conflict', 'This delivery is still in progress. Try again when it has finished.');
    }
    const channel = await lockChannel(tx, tenantId, delivery.channelId);
    if (channel.disabledAt) throw new AppError('conflict', 'The channel is turned off. Enable it first.');
    const deliveryId = newId();
    const { channelId, kind, type, severity, recipient, digestOn } = delivery;
    await tx.insert(notificationDelivery).values({
      tenantId,
      id: deliveryId,
      channelId,
      kind,
      type,
      severity,
      recipient,
      digestOn,
      redeliveryOf: id,
      nextAttemptAt: sql`now()`,
    });
    const items = await tx
      .select({ notificationId: notificationDeliveryItem.notificationId })
      .from(notificationDeliveryItem)
      .where(
        and(eq(notificationDeliveryItem.tenantId, tenantId), eq(notificationDeliveryItem.deliveryId, id)),
      );
    if (items.length > 0) {
      await tx
        .insert(notificationDeliveryItem)
        .values(items.map(({ notificationId }) => ({ tenantId, deliveryId, notificationId })));
    }
    await recordAudit(tx, actor, {
      action: 'notification.redelivered',
      target: { type: 'delivery', id, label: channel.name },
      details: { deliveryId },
    });
    await tx.execute(sql`select pg_notify(${QUEUED_CHANNEL}, ${tenantId})`);
    return { deliveryId };
  });
}
