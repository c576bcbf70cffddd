import { sql } from 'drizzle-orm';
import { notificationChannel } from '@/db/schema/notifications';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { type ChannelDto, disableChannelInput } from '@/lib/platform/notifications/contract';
import { failPending } from '@/lib/platform/notifications/deliver/delivery-store';
import { channelDtoOf, channelTarget, findChannel, lockChannel, ofChannel } from './channel-store';

/** Turns a channel off: what waits for it fails, and nothing new is sent until it is enabled again. */
export async function disableChannel(
  actor: Actor,
  id: string,
  given: { reason: string },
): Promise<ChannelDto> {
  requirePermission(actor, 'notifications:write');
  const { reason } = disableChannelInput.parse(given);
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const before = await lockChannel(tx, tenantId, id);
    if (before.disabledAt) return channelDtoOf(before);
    await tx
      .update(notificationChannel)
      .set({
        disabledAt: sql`now()`,
        disabledReason: reason,
        version: sql`${notificationChannel.version} + 1`,
      })
      .where(ofChannel(tenantId, id));
    await failPending(tx, tenantId, id);
    await recordAudit(tx, actor, {
      action: 'notification.channel_disabled',
      target: channelTarget(before),
      reason,
    });
    return channelDtoOf(await findChannel(tx, tenantId, id));
  });
}
