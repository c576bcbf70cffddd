import { notificationChannel } from '@/db/schema/notifications';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import { newId } from '@/lib/platform/core/ids';
import {
  type ChannelWithSecretDto,
  type CreateChannelInput,
  createChannelInput,
} from '@/lib/platform/notifications/contract';
import { newSigningSecret, sealChannelSecret } from './channel-secret';
import {
  channelDtoOf,
  channelTarget,
  findChannel,
  requireFreeName,
  requireOutboundUrl,
  requireRoom,
  shownAddress,
} from './channel-store';

type Input = ReturnType<typeof createChannelInput.parse>;

/** The columns that depend on the kind, and the signing secret that is shown once. */
function kindColumns(input: Input, tenantId: string, id: string) {
  if (input.kind === 'email') {
    const { recipients, toOwner } = input;
    if (recipients.length === 0 && !toOwner) {
      const message = 'Add a recipient, or select “People affected”.';
      throw new AppError('bad_request', message, { fields: [{ path: 'recipients', message }] });
    }
    return { columns: { recipients, toOwner }, secret: null };
  }
  const url = requireOutboundUrl(input.url);
  const secret = input.kind === 'webhook' ? newSigningSecret() : null;
  const secretSealed = sealChannelSecret(secret ?? url, tenantId, id);
  return { columns: { address: shownAddress(input.kind, url), secretSealed }, secret };
}

/** Adds a channel. A webhook's answer holds its signing secret, once. */
export async function createChannel(
  actor: Actor,
  given: CreateChannelInput,
  idempotencyKey: string | null = null,
): Promise<ChannelWithSecretDto> {
  requirePermission(actor, 'notifications:write');
  const input = createChannelInput.parse(given);
  const { tenantId } = actor;
  const id = newId();
  const { columns, secret } = kindColumns(input, tenantId, id);
  return inTenant(actor, (tx) =>
    answerOnce<ChannelWithSecretDto>(
      tx,
      actor,
      { key: idempotencyKey, route: 'notifications.create-channel', input },
      async () => {
        await requireRoom(tx, tenantId);
        await requireFreeName(tx, tenantId, input.name);
        const createdBy = actor.type === 'user' ? actor.userId : null;
        await tx
          .insert(notificationChannel)
          .values({ tenantId, id, kind: input.kind, name: input.name, createdBy, ...columns });
        const channel = channelDtoOf(await findChannel(tx, tenantId, id));
        const { kind, address, recipients, toOwner } = channel;
        await recordAudit(tx, actor, {
          action: 'notification.channel_created',
          target: channelTarget(channel),
          details: { after: { kind, address, recipients, toOwner } },
        });
        return { answer: { ...channel, secret }, kept: { ...channel, secret: null } };
      },
    ),
  );
}
