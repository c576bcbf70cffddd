import { eq, sql } from 'drizzle-orm';
import { userAccount } from '@/db/schema/identity';
import { notificationChannel, notificationDelivery } from '@/db/schema/notifications';
import { inTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { mailbox } from '@/lib/platform/notifications/contract';
import { QUEUED_CHANNEL } from '@/lib/platform/notifications/notify';
import { type ChannelRow, channelTarget, lockChannel, ofChannel } from './channel-store';

/** A test mail goes to the channel's first fixed recipient, or to who asks for it. */
async function recipientOf(tx: WriteTx, actor: Actor, { kind, recipients }: ChannelRow): Promise<string> {
  if (kind !== 'email') return '';
  const [first] = recipients;
  if (first) return first;
  const [own] =
    actor.type === 'user'
      ? await tx
          .select({ email: userAccount.email })
          .from(userAccount)
          .where(eq(userAccount.id, actor.userId))
      : [];
  const usable = mailbox.safeParse(own?.email);
  if (usable.success) return usable.data.toLowerCase();
  throw new AppError(
    'unprocessable',
    'Your account has no e-mail address. Add a recipient to the channel to test it.',
  );
}

/** Sends a test notice through a channel; the answer names the delivery, whose log says what came of it. */
export async function testChannel(actor: Actor, id: string): Promise<{ deliveryId: string }> {
  requirePermission(actor, 'notifications:write');
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const channel = await lockChannel(tx, tenantId, id);
    if (channel.disabledAt)
      throw new AppError('conflict', 'The channel is turned off. Enable it before you test it.');
    const deliveryId = newId();
    await tx.insert(notificationDelivery).values({
      tenantId,
      id: deliveryId,
      channelId: id,
      kind: 'test',
      severity: 'info',
      recipient: await recipientOf(tx, actor, channel),
      nextAttemptAt: sql`now()`,
    });
    // A test asks whether the channel works now: it does not wait for the pause after a failure.
    await tx.update(notificationChannel).set({ pausedUntil: null }).where(ofChannel(tenantId, id));
    await recordAudit(tx, actor, {
      action: 'notification.test_sent',
      target: channelTarget(channel),
      details: { deliveryId },
    });
    await tx.execute(sql`select pg_notify(${QUEUED_CHANNEL}, ${tenantId})`);
    return { deliveryId };
  });
}
