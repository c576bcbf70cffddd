import { sql } from 'drizzle-orm';
import { notificationChannel } from '@/db/schema/notifications';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import type { ChannelDto } from '@/lib/platform/notifications/contract';
import { channelDtoOf, channelTarget, findChannel, lockChannel, ofChannel } from './channel-store';

/** Turns a channel on again, with a clean count of failures. What failed meanwhile is sent again only when asked for. */
export async function enableChannel(actor: Actor, id: string): Promise<ChannelDto> {
  requirePermission(actor, 'notifications:write');
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const before = await lockChannel(tx, tenantId, id);
    if (!before.disabledAt) return channelDtoOf(before);
    await tx
      .update(notificationChannel)
      .set({
        disabledAt: null,
        disabledReason: null,
        failures: 0,
        failingSince: null,
        pausedUntil: null,
        version: sql`${notificationChannel.version} + 1`,
      })
      .where(ofChannel(tenantId, id));
    await recordAudit(tx, actor, {
      action: 'notification.channel_enabled',
      target: channelTarget(before),
      details: { before: { reason: before.disabledReason } },
    });
    return channelDtoOf(await findChannel(tx, tenantId, id));
  });
}
