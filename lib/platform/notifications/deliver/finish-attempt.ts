import { and, eq, inArray, sql } from 'drizzle-orm';
import { notificationAttempt, notificationChannel, notificationDelivery } from '@/db/schema/notifications';
import { inTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { ofChannel } from '@/lib/platform/notifications/channels/channel-store';
import { notify } from '@/lib/platform/notifications/notify';
import type { Claimed } from './claim';
import { failPending } from './delivery-store';
import type { SentMessage } from './send';
import { type SettledChannel, settleChannel, settleDelivery } from './settle';

export interface FinishedAttempt extends SentMessage {
  startedAt: Date;
  durationMs: number;
}

async function turnOff(
  tx: WriteTx,
  actor: JobActor,
  channel: { id: string; name: string },
  { failures, failingSince, disable }: SettledChannel,
  now: Date,
): Promise<void> {
  const { tenantId } = actor;
  const reason = disable ?? '';
  await recordAudit(tx, actor, {
    action: 'notification.channel_disabled',
    target: { type: 'channel', id: channel.id, label: channel.name },
    reason,
    details: { failures, failingSince },
  });
  const since = (failingSince ?? now).toISOString();
  await notify(tx, {
    tenantId,
    type: 'channel.disabled',
    subject: { type: 'channel', id: channel.id, label: channel.name },
    dedupeKey: `channel.disabled ${channel.id} ${since}`,
    data: { failingSince: since, failures, reason },
  });
}

async function settleChannelRow(
  tx: WriteTx,
  actor: JobActor,
  channelId: string,
  { result }: FinishedAttempt,
  now: Date,
): Promise<SettledChannel | null> {
  const own = ofChannel(actor.tenantId, channelId);
  const [channel] = await tx.select().from(notificationChannel).where(own).for('update');
  if (!channel) return null;
  const settled = settleChannel(channel, result, now, Math.random());
  const { failures, failingSince, pausedUntil, disable } = settled;
  const isTurnedOff = disable !== null && channel.disabledAt === null;
  await tx
    .update(notificationChannel)
    .set({
      failures,
      failingSince,
      pausedUntil,
      ...(result.kind === 'succeeded' ? { lastSuccessAt: now } : {}),
      ...(isTurnedOff
        ? { disabledAt: now, disabledReason: disable, version: sql`${notificationChannel.version} + 1` }
        : {}),
    })
    .where(own);
  if (isTurnedOff) await turnOff(tx, actor, channel, settled, now);
  if (isTurnedOff || channel.disabledAt) await failPending(tx, actor.tenantId, channelId);
  return settled;
}

/**
 * Writes the attempt, moves the delivery on and learns about the channel, in one transaction. Where another worker has
 * taken the delivery over meanwhile, only the attempt is written.
 * @returns whether the channel goes on taking messages now
 */
// guard: the outcome of a delivery is written to its own append-only log; a channel that it turns off is recorded
export async function finishAttempt(
  actor: JobActor,
  { deliveryId, channelId, attempts }: Claimed,
  finished: FinishedAttempt,
  now: Date,
): Promise<boolean> {
  const { tenantId } = actor;
  const { result } = finished;
  const settled = settleDelivery(attempts, result, now, Math.random());
  const error = result.kind === 'succeeded' ? null : result.error;
  return inTenant(actor, async (tx) => {
    await tx
      .insert(notificationAttempt)
      .values({
        tenantId,
        deliveryId,
        number: attempts,
        at: finished.startedAt,
        durationMs: finished.durationMs,
        outcome: settled.outcome,
        status: result.status,
        request: finished.request,
        response: finished.response,
        error,
        retryAt: settled.nextAttemptAt,
      })
      .onConflictDoNothing();
    await tx
      .update(notificationDelivery)
      .set({
        state: settled.state,
        nextAttemptAt: settled.nextAttemptAt,
        leaseUntil: null,
        lastStatus: result.status,
        lastError: error,
        finishedAt: settled.state === 'pending' ? null : now,
      })
      .where(
        and(
          eq(notificationDelivery.tenantId, tenantId),
          eq(notificationDelivery.id, deliveryId),
          eq(notificationDelivery.state, 'sending'),
          eq(notificationDelivery.attempts, attempts),
        ),
      );
    const channel = await settleChannelRow(tx, actor, channelId, finished, now);
    return channel?.failures === 0;
  });
}

/**
 * Gives back what was claimed for a channel that has just failed: it waits for the channel, not for its own turn. Where
 * the channel was turned off, it has failed.
 */
// guard: a claim that was not used is undone; the delivery is as it was before
export async function releaseClaims(actor: JobActor, claims: readonly Claimed[]): Promise<void> {
  const [first] = claims;
  if (!first) return;
  const { tenantId } = actor;
  const ids = claims.map(({ deliveryId }) => deliveryId);
  await inTenant(actor, async (tx) => {
    await tx
      .update(notificationDelivery)
      .set({ state: 'pending', leaseUntil: null, attempts: sql`${notificationDelivery.attempts} - 1` })
      .where(
        and(
          eq(notificationDelivery.tenantId, tenantId),
          inArray(notificationDelivery.id, ids),
          eq(notificationDelivery.state, 'sending'),
        ),
      );
    const [channel] = await tx
      .select({ disabledAt: notificationChannel.disabledAt })
      .from(notificationChannel)
      .where(ofChannel(tenantId, first.channelId));
    if (channel?.disabledAt) await failPending(tx, tenantId, first.channelId);
  });
}
