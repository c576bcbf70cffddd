import { and, asc, desc, eq, gt, isNull, sql } from 'drizzle-orm';
import { userAccount } from '@/db/schema/identity';
import { notification, notificationChannel, notificationMute } from '@/db/schema/notifications';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import {
  channelColumns,
  channelDtoOf,
  findChannel,
} from '@/lib/platform/notifications/channels/channel-store';
import { findPolicy, findRoutes, isKnownType } from '@/lib/platform/notifications/policy/policy';
import type { ChannelDto, ChannelListDto, MuteDto, MuteListDto, PolicyDto } from './contract';
import { NOTIFICATION_TYPE_NAMES } from './notice-contract';

function selectChannels(tx: ReadTx, tenantId: string) {
  return tx
    .select(channelColumns)
    .from(notificationChannel)
    .where(eq(notificationChannel.tenantId, tenantId))
    .orderBy(asc(notificationChannel.createdAt), asc(notificationChannel.id));
}

/** All channels of the tenant (at most 20), oldest first. */
export async function listChannels(actor: Actor): Promise<ChannelListDto> {
  requirePermission(actor, 'notifications:read');
  const rows = await readTenant(actor, (tx) => selectChannels(tx, actor.tenantId));
  return { items: rows.map(channelDtoOf), nextCursor: null };
}

export async function getChannel(actor: Actor, id: string): Promise<ChannelDto> {
  requirePermission(actor, 'notifications:read');
  return channelDtoOf(await readTenant(actor, (tx) => findChannel(tx, actor.tenantId, id)));
}

/** The policy with every cell of the routing matrix filled. */
export async function readPolicy(tx: ReadTx, tenantId: string): Promise<PolicyDto> {
  const { timeZone, quietFrom, quietTo, digestAt, version } = await findPolicy(tx, tenantId);
  const modeOf = await findRoutes(tx, tenantId);
  const channels = await selectChannels(tx, tenantId);
  return {
    timeZone,
    quietHours: quietFrom !== null && quietTo !== null ? { from: quietFrom, to: quietTo } : null,
    digestAt,
    routes: NOTIFICATION_TYPE_NAMES.flatMap((type) =>
      channels.map((channel) => ({ type, channelId: channel.id, mode: modeOf(type, channel) })),
    ),
    version,
  };
}

export async function getPolicy(actor: Actor): Promise<PolicyDto> {
  requirePermission(actor, 'notifications:read');
  return readTenant(actor, (tx) => readPolicy(tx, actor.tenantId));
}

const held = sql<number>`(select count(*)::int from ${notification} n
  where n.tenant_id = ${notificationMute.tenantId} and n.muted_by = ${notificationMute.id})`;

function selectMutes(tx: ReadTx) {
  return tx
    .select({ row: notificationMute, createdBy: userAccount.displayName, held })
    .from(notificationMute)
    .leftJoin(userAccount, eq(userAccount.id, notificationMute.createdBy));
}

function muteDtoOf({ row, createdBy, held }: Awaited<ReturnType<typeof selectMutes>>[number]): MuteDto {
  const { id, type, subjectId, subjectLabel, reason, until, createdAt } = row;
  return {
    id,
    type: type !== null && isKnownType(type) ? type : null,
    subjectId,
    subjectLabel,
    reason,
    until: (row.endedAt ?? until).toISOString(),
    createdAt: createdAt.toISOString(),
    createdBy,
    held,
  };
}

export async function findMute(tx: ReadTx, tenantId: string, id: string): Promise<MuteDto> {
  const rows = isId(id)
    ? await selectMutes(tx).where(and(eq(notificationMute.tenantId, tenantId), eq(notificationMute.id, id)))
    : [];
  if (!rows[0]) throw new AppError('not_found', 'Mute not found in this tenant.');
  return muteDtoOf(rows[0]);
}

/** The mutes that hold now, newest first. */
export async function listMutes(actor: Actor): Promise<MuteListDto> {
  requirePermission(actor, 'notifications:read');
  const rows = await readTenant(actor, (tx) =>
    selectMutes(tx)
      .where(
        and(
          eq(notificationMute.tenantId, actor.tenantId),
          isNull(notificationMute.endedAt),
          gt(notificationMute.until, sql`now()`),
        ),
      )
      .orderBy(desc(notificationMute.createdAt), desc(notificationMute.id))
      .limit(200),
  );
  return { items: rows.map(muteDtoOf), nextCursor: null };
}
