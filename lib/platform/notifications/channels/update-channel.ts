import { sql } from 'drizzle-orm';
import { notificationChannel } from '@/db/schema/notifications';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { requireMatch } from '@/lib/platform/core/http/etag';
import {
  type ChannelDto,
  type UpdateChannelInput,
  updateChannelInput,
} from '@/lib/platform/notifications/contract';
import { sealChannelSecret } from './channel-secret';
import {
  type ChannelRow,
  channelDtoOf,
  channelTarget,
  findChannel,
  lockChannel,
  ofChannel,
  requireFreeName,
  requireOutboundUrl,
  shownAddress,
} from './channel-store';

function refuse(path: string, message: string): never {
  throw new AppError('bad_request', message, { fields: [{ path, message }] });
}

function addressColumns(channel: ChannelRow, tenantId: string, given: string | undefined) {
  if (given === undefined) return {};
  if (channel.kind === 'email') refuse('url', 'Email channels use recipients, not a URL.');
  const url = requireOutboundUrl(given);
  const address = shownAddress(channel.kind, url);
  return channel.kind === 'slack'
    ? { address, secretSealed: sealChannelSecret(url, tenantId, channel.id) }
    : { address };
}

/**
 * Changes a channel; what is left out stays. A new address starts with a clean count of failures.
 * @param ifMatch the entity tag of the copy that was edited, or null for no check
 */
export async function updateChannel(
  actor: Actor,
  id: string,
  given: UpdateChannelInput,
  ifMatch: string | null = null,
): Promise<ChannelDto> {
  requirePermission(actor, 'notifications:write');
  const { url, ...input } = updateChannelInput.parse(given);
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const before = await lockChannel(tx, tenantId, id);
    requireMatch(ifMatch, before.version);
    if (before.kind !== 'email' && (input.recipients || input.toOwner !== undefined)) {
      refuse('recipients', 'Only an e-mail channel has recipients.');
    }
    const next = { ...before, ...input };
    if (next.kind === 'email' && next.recipients.length === 0 && !next.toOwner) {
      refuse('recipients', 'Add a recipient, or select “People affected”.');
    }
    if (input.name !== undefined) await requireFreeName(tx, tenantId, input.name, id);
    const address = addressColumns(before, tenantId, url);
    const health = url === undefined ? {} : { failures: 0, failingSince: null, pausedUntil: null };
    await tx
      .update(notificationChannel)
      .set({ ...input, ...address, ...health, version: sql`${notificationChannel.version} + 1` })
      .where(ofChannel(tenantId, id));
    const after = await findChannel(tx, tenantId, id);
    const facts = ({ name, address: shown, recipients, toOwner }: ChannelRow) => ({
      name,
      address: shown,
      recipients,
      toOwner,
    });
    await recordAudit(tx, actor, {
      action: 'notification.channel_updated',
      target: channelTarget(after),
      details: { before: facts(before), after: facts(after), isAddressReplaced: url !== undefined },
    });
    return channelDtoOf(after);
  });
}
