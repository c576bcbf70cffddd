import { eq } from 'drizzle-orm';
import { notificationPolicy, notificationRoute } from '@/db/schema/notifications';
import type { ReadTx } from '@/db/scope';
import type { QuietPolicy } from '@/lib/platform/notifications/deliver/schedule';
import {
  type ChannelKind,
  NOTIFICATION_TYPE_NAMES,
  type NotificationType,
  type RouteMode,
} from '@/lib/platform/notifications/notice-contract';
import { defaultMode, modesOf } from '@/lib/platform/notifications/rules';

export type StoredPolicy = QuietPolicy & { version: number };

const DEFAULT_POLICY: StoredPolicy = {
  timeZone: 'UTC',
  quietFrom: null,
  quietTo: null,
  digestAt: '08:00',
  version: 0,
};

/** The tenant's policy, or the default where nobody has set one (version 0). */
export async function findPolicy(tx: ReadTx, tenantId: string): Promise<StoredPolicy> {
  const { timeZone, quietFrom, quietTo, digestAt, version } = notificationPolicy;
  const [row] = await tx
    .select({ timeZone, quietFrom, quietTo, digestAt, version })
    .from(notificationPolicy)
    .where(eq(notificationPolicy.tenantId, tenantId));
  return row ?? DEFAULT_POLICY;
}

export type RouteTable = (type: NotificationType, channel: { id: string; kind: ChannelKind }) => RouteMode;

/** How each type goes to each channel: as stored, else the default. */
export async function findRoutes(tx: ReadTx, tenantId: string): Promise<RouteTable> {
  const rows = await tx
    .select({
      type: notificationRoute.type,
      channelId: notificationRoute.channelId,
      mode: notificationRoute.mode,
    })
    .from(notificationRoute)
    .where(eq(notificationRoute.tenantId, tenantId));
  const stored = new Map(rows.map(({ type, channelId, mode }) => [`${type} ${channelId}`, mode]));
  return (type, { id, kind }) => {
    const mode = stored.get(`${type} ${id}`) ?? defaultMode(type, kind);
    return modesOf(kind).includes(mode) ? mode : 'now';
  };
}

export const isKnownType = (type: string): type is NotificationType =>
  NOTIFICATION_TYPE_NAMES.includes(type as NotificationType);
