import { sql } from 'drizzle-orm';
import { notificationChannel } from '@/db/schema/notifications';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { parseDuration, SECOND_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';
import { type ChannelWithSecretDto, rotateSecretInput } from '@/lib/platform/notifications/contract';
import { newSigningSecret, sealChannelSecret } from './channel-secret';
import { channelDtoOf, channelTarget, findChannel, lockChannel, ofChannel } from './channel-store';

/**
 * Gives a webhook a new signing secret, shown once. Until the overlap ends each request carries a signature of both, so
 * that the receiver can change over at any time in between.
 * @throws AppError `unprocessable` for the other kinds, which sign nothing
 */
export async function rotateChannelSecret(
  actor: Actor,
  id: string,
  given: { overlap?: '0' | '1h' | '24h' | '7d' },
): Promise<ChannelWithSecretDto> {
  requirePermission(actor, 'notifications:write');
  const { overlap } = rotateSecretInput.parse(given);
  const { tenantId } = actor;
  const overlapSeconds = (parseDuration(overlap) ?? 0) / SECOND_MS;
  const secret = newSigningSecret();
  return inTenant(actor, async (tx) => {
    const before = await lockChannel(tx, tenantId, id);
    if (before.kind !== 'webhook') {
      throw new AppError(
        'unprocessable',
        'Only webhooks are signed. Replace the address of this channel instead.',
      );
    }
    await tx
      .update(notificationChannel)
      .set({
        secretSealed: sealChannelSecret(secret, tenantId, id),
        previousSecretSealed: notificationChannel.secretSealed,
        previousSecretUntil: sql`now() + make_interval(secs => ${overlapSeconds}::integer)`,
        version: sql`${notificationChannel.version} + 1`,
      })
      .where(ofChannel(tenantId, id));
    const after = await findChannel(tx, tenantId, id);
    await recordAudit(tx, actor, {
      action: 'notification.secret_rotated',
      target: channelTarget(after),
      details: { overlap, previousSecretUntil: after.previousSecretUntil },
    });
    return { ...channelDtoOf(after), secret };
  });
}
