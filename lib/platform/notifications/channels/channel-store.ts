import { and, count, eq } from 'drizzle-orm';
import { notificationChannel } from '@/db/schema/notifications';
import type { ReadTx, WriteTx } from '@/db/scope';
import type { AuditTarget } from '@/lib/platform/audit/contract';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import { hostOf, OutboundRefused, parseOutboundUrl } from '@/lib/platform/core/outbound/outbound-address';
import { CHANNELS_MAX, type ChannelDto } from '@/lib/platform/notifications/contract';
import type { ChannelKind } from '@/lib/platform/notifications/notice-contract';

const c = notificationChannel;

/** What app_ro may read: everything but the sealed columns. */
export const channelColumns = {
  id: c.id,
  kind: c.kind,
  name: c.name,
  address: c.address,
  recipients: c.recipients,
  toOwner: c.toOwner,
  disabledAt: c.disabledAt,
  disabledReason: c.disabledReason,
  failures: c.failures,
  failingSince: c.failingSince,
  lastSuccessAt: c.lastSuccessAt,
  previousSecretUntil: c.previousSecretUntil,
  createdAt: c.createdAt,
  version: c.version,
};

export interface ChannelRow {
  id: string;
  kind: ChannelKind;
  name: string;
  address: string;
  recipients: string[];
  toOwner: boolean;
  disabledAt: Date | null;
  disabledReason: string | null;
  failures: number;
  failingSince: Date | null;
  lastSuccessAt: Date | null;
  previousSecretUntil: Date | null;
  createdAt: Date;
  version: number;
}

export function channelDtoOf(row: ChannelRow): ChannelDto {
  const { disabledAt, failingSince, lastSuccessAt, previousSecretUntil, createdAt, ...same } = row;
  const isOverlapping = previousSecretUntil !== null && previousSecretUntil.getTime() > Date.now();
  return {
    ...same,
    isEnabled: disabledAt === null,
    failingSince: failingSince?.toISOString() ?? null,
    lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
    previousSecretUntil: isOverlapping ? previousSecretUntil.toISOString() : null,
    createdAt: createdAt.toISOString(),
  };
}

export const ofChannel = (tenantId: string, id: string) =>
  and(eq(notificationChannel.tenantId, tenantId), eq(notificationChannel.id, id));

const unknownChannel = () => new AppError('not_found', 'Channel not found in this tenant.');

export async function findChannel(tx: ReadTx, tenantId: string, id: string): Promise<ChannelRow> {
  if (!isId(id)) throw unknownChannel();
  const [row] = await tx.select(channelColumns).from(notificationChannel).where(ofChannel(tenantId, id));
  if (!row) throw unknownChannel();
  return row;
}

/** The same, and nobody else changes it until the transaction ends. */
export async function lockChannel(tx: WriteTx, tenantId: string, id: string): Promise<ChannelRow> {
  if (!isId(id)) throw unknownChannel();
  const rows = await tx
    .select(channelColumns)
    .from(notificationChannel)
    .where(ofChannel(tenantId, id))
    .for('update');
  if (!rows[0]) throw unknownChannel();
  return rows[0];
}

export async function requireRoom(tx: ReadTx, tenantId: string): Promise<void> {
  const [row] = await tx.select({ n: count() }).from(c).where(eq(c.tenantId, tenantId));
  if ((row?.n ?? 0) < CHANNELS_MAX) return;
  throw new AppError(
    'unprocessable',
    `A tenant has at most ${CHANNELS_MAX} channels. Change one that is not needed.`,
  );
}

/** @throws AppError `conflict` where another channel of the tenant has the name */
export async function requireFreeName(
  tx: ReadTx,
  tenantId: string,
  name: string,
  ownId?: string,
): Promise<void> {
  const [taken] = await tx
    .select({ id: c.id })
    .from(c)
    .where(and(eq(c.tenantId, tenantId), eq(c.name, name)));
  if (!taken || taken.id === ownId) return;
  throw new AppError('conflict', `There is already a channel named "${name}". Choose another name.`);
}

/** A usable address in its canonical form. @throws AppError `bad_request` naming the field `url` */
export function requireOutboundUrl(text: string): string {
  try {
    return parseOutboundUrl(text, getEnv().outboundAllow).href;
  } catch (error) {
    if (!(error instanceof OutboundRefused)) throw error;
    throw new AppError('bad_request', error.message, { fields: [{ path: 'url', message: error.message }] });
  }
}

/** What of an address may be shown: a Slack webhook's path is its secret. */
export function shownAddress(kind: 'slack' | 'webhook', url: string): string {
  return kind === 'slack' ? `${new URL(url).protocol}//${hostOf(new URL(url))}` : url;
}

export const channelTarget = ({ id, name }: { id: string; name: string }): AuditTarget => ({
  type: 'channel',
  id,
  label: name,
});
