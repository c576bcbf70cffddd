import { and, asc, desc, eq, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import { tenant } from '@/db/schema/identity';
import {
  notification,
  notificationChannel,
  notificationDelivery,
  notificationDeliveryItem,
} from '@/db/schema/notifications';
import { inTenant, type WriteTx } from '@/db/scope';
import type { JobActor } from '@/lib/platform/auth/contract';
import { MINUTE_MS } from '@/lib/platform/core/clock';
import { getEnv } from '@/lib/platform/core/env/env';
import { openChannelSecret } from '@/lib/platform/notifications/channels/channel-secret';
import type { ChannelKind } from '@/lib/platform/notifications/notice-contract';
import { findPolicy } from '@/lib/platform/notifications/policy/policy';
import { wordsOf } from '@/lib/platform/notifications/words';
import type { Message, MessageNotice, Target } from './message';

const CLAIM_MAX = 5;
/** Longer than so many attempts can take; after a crash another worker tries again when it is over. */
const LEASE_MS = 3 * MINUTE_MS;

export interface Claimed {
  deliveryId: string;
  channelId: string;
  /** This one among them. */
  attempts: number;
  message: Message;
  target: Target;
}

interface ChannelRow {
  id: string;
  kind: ChannelKind;
  name: string;
  address: string;
  secretSealed: string | null;
  previousSecretSealed: string | null;
  previousSecretUntil: Date | null;
  failures: number;
}

function targetOf(tenantId: string, channel: ChannelRow, now: Date): Target {
  const open = (sealed: string | null) =>
    sealed === null ? [] : [openChannelSecret(sealed, tenantId, channel.id)];
  if (channel.kind === 'email') return { kind: 'email', url: '', secrets: [] };
  const [secret = ''] = open(channel.secretSealed);
  if (channel.kind === 'slack') return { kind: 'slack', url: secret, secrets: [] };
  const overlaps = channel.previousSecretUntil !== null && channel.previousSecretUntil > now;
  const previous = overlaps ? open(channel.previousSecretSealed) : [];
  return { kind: 'webhook', url: channel.address, secrets: [secret, ...previous] };
}

async function usableChannels(tx: WriteTx, tenantId: string, now: Date): Promise<ChannelRow[]> {
  const channel = notificationChannel;
  return tx
    .select({
      id: channel.id,
      kind: channel.kind,
      name: channel.name,
      address: channel.address,
      secretSealed: channel.secretSealed,
      previousSecretSealed: channel.previousSecretSealed,
      previousSecretUntil: channel.previousSecretUntil,
      failures: channel.failures,
    })
    .from(channel)
    .where(
      and(
        eq(channel.tenantId, tenantId),
        isNull(channel.disabledAt),
        or(isNull(channel.pausedUntil), lte(channel.pausedUntil, now)),
      ),
    );
}

/** A channel that failed gets one message at a time, until one arrives. */
async function takeOf(tx: WriteTx, tenantId: string, channel: ChannelRow, now: Date) {
  const delivery = notificationDelivery;
  const ofChannel = and(eq(delivery.tenantId, tenantId), eq(delivery.channelId, channel.id));
  if (channel.failures > 0) {
    const [underWay] = await tx
      .select({ id: delivery.id })
      .from(delivery)
      .where(
        and(
          ofChannel,
          eq(delivery.state, 'sending'),
          sql`${delivery.leaseUntil} > ${now.toISOString()}::timestamptz`,
        ),
      )
      .limit(1);
    if (underWay) return [];
  }
  const due = await tx
    .select({ id: delivery.id })
    .from(delivery)
    .where(
      and(
        ofChannel,
        or(
          and(eq(delivery.state, 'pending'), lte(delivery.nextAttemptAt, now)),
          and(eq(delivery.state, 'sending'), lte(delivery.leaseUntil, now)),
        ),
      ),
    )
    .orderBy(desc(eq(delivery.kind, 'test')), asc(delivery.nextAttemptAt), asc(delivery.id))
    .limit(channel.failures > 0 ? 1 : CLAIM_MAX)
    .for('update', { skipLocked: true });
  if (due.length === 0) return [];
  const ids = due.map(({ id }) => id);
  return tx
    .update(delivery)
    .set({
      state: 'sending',
      leaseUntil: new Date(now.getTime() + LEASE_MS),
      attempts: sql`${delivery.attempts} + 1`,
    })
    .where(and(ofChannel, inArray(delivery.id, ids)))
    .returning({
      id: delivery.id,
      kind: delivery.kind,
      recipient: delivery.recipient,
      attempts: delivery.attempts,
    });
}

async function noticesOf(tx: WriteTx, tenantId: string, deliveryIds: string[], timeZone: string) {
  const rows = await tx
    .select({ deliveryId: notificationDeliveryItem.deliveryId, row: notification })
    .from(notificationDeliveryItem)
    .innerJoin(
      notification,
      and(
        eq(notification.tenantId, notificationDeliveryItem.tenantId),
        eq(notification.id, notificationDeliveryItem.notificationId),
      ),
    )
    .where(
      and(
        eq(notificationDeliveryItem.tenantId, tenantId),
        inArray(notificationDeliveryItem.deliveryId, deliveryIds),
      ),
    );
  return Map.groupBy(
    rows.map(({ deliveryId, row }) => ({
      deliveryId,
      id: row.id,
      type: row.type,
      severity: row.severity,
      subject: { type: row.subjectType, id: row.subjectId, label: row.subjectLabel },
      data: row.data,
      createdAt: row.createdAt,
      words: wordsOf(row, timeZone),
    })),
    ({ deliveryId }) => deliveryId,
  );
}

const withoutDelivery = ({
  deliveryId: _,
  ...notice
}: MessageNotice & { deliveryId: string }): MessageNotice => notice;

/**
 * Takes what is due, channel by channel, and writes the messages. They are this worker's until the lease ends; nobody
 * else sends them meanwhile.
 */
// guard: it moves deliveries along their own log; nothing that a person decided changes
export async function claimDue(actor: JobActor, now: Date): Promise<Claimed[]> {
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const claimed: Omit<Claimed, 'message'>[] = [];
    const drafts: Omit<Message, 'notices' | 'tenantName'>[] = [];
    for (const channel of await usableChannels(tx, tenantId, now)) {
      for (const { id, kind, recipient, attempts } of await takeOf(tx, tenantId, channel, now)) {
        claimed.push({
          deliveryId: id,
          channelId: channel.id,
          attempts,
          target: targetOf(tenantId, channel, now),
        });
        const { consoleUrl } = getEnv();
        drafts.push({
          deliveryId: id,
          kind,
          tenantId,
          channelName: channel.name,
          recipient,
          consoleUrl,
          sentAt: now,
        });
      }
    }
    if (claimed.length === 0) return [];
    const [home] = await tx.select({ name: tenant.name }).from(tenant).where(eq(tenant.id, tenantId));
    const { timeZone } = await findPolicy(tx, tenantId);
    const ids = claimed.map(({ deliveryId }) => deliveryId);
    const notices = await noticesOf(tx, tenantId, ids, timeZone);
    return claimed.flatMap((one, index) => {
      const draft = drafts[index];
      if (!draft) return [];
      const own = (notices.get(one.deliveryId) ?? []).map(withoutDelivery);
      return [{ ...one, message: { ...draft, tenantName: home?.name ?? '', notices: own } }];
    });
  });
}
