import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';
import {
  notification,
  notificationChannel,
  notificationDelivery,
  notificationDeliveryItem,
  notificationInbox,
  notificationMute,
} from '@/db/schema/notifications';
import { inTenant, type WriteTx } from '@/db/scope';
import type { JobActor } from '@/lib/platform/auth/contract';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import {
  type ChannelKind,
  NOTIFICATION_TYPES,
  type NotificationType,
  type Severity,
} from '@/lib/platform/notifications/notice-contract';
import { concerned, findPeople, inboxReaders, type People } from '@/lib/platform/notifications/policy/people';
import {
  findPolicy,
  findRoutes,
  isKnownType,
  type RouteTable,
  type StoredPolicy,
} from '@/lib/platform/notifications/policy/policy';
import { effectiveMode } from '@/lib/platform/notifications/rules';
import { nextDigest, sendableAt } from './schedule';

const BATCH = 200;
const DIGEST_DAYS_MAX = 3;

/** How long a message waits for more of its kind, so that fifty keys make one mail. */
const BUNDLE_MS: Record<ChannelKind, number> = { email: 15 * SECOND_MS, slack: 3 * SECOND_MS, webhook: 0 };

interface Channel {
  id: string;
  kind: ChannelKind;
  recipients: string[];
  toOwner: boolean;
}

interface Notice {
  id: string;
  type: NotificationType;
  severity: Severity;
  subjectId: string | null;
  ownerUserId: string | null;
}

interface Setting {
  tenantId: string;
  now: Date;
  policy: StoredPolicy;
  routes: RouteTable;
  people: People;
  channels: Channel[];
  mutes: { id: string; type: string | null; subjectId: string | null }[];
}

async function readSetting(tx: WriteTx, tenantId: string, now: Date): Promise<Setting> {
  const { id, kind, recipients, toOwner } = notificationChannel;
  const channels = await tx
    .select({ id, kind, recipients, toOwner })
    .from(notificationChannel)
    .where(and(eq(notificationChannel.tenantId, tenantId), isNull(notificationChannel.disabledAt)));
  const mutes = await tx
    .select({
      id: notificationMute.id,
      type: notificationMute.type,
      subjectId: notificationMute.subjectId,
    })
    .from(notificationMute)
    .where(
      and(
        eq(notificationMute.tenantId, tenantId),
        isNull(notificationMute.endedAt),
        gt(notificationMute.until, now),
      ),
    );
  return {
    tenantId,
    now,
    policy: await findPolicy(tx, tenantId),
    routes: await findRoutes(tx, tenantId),
    people: await findPeople(tx, tenantId),
    channels,
    mutes,
  };
}

function muteOf({ mutes }: Setting, { type, subjectId }: Notice): string | null {
  const found = mutes.find(
    (mute) =>
      (mute.type === null || mute.type === type) && (mute.subjectId === null || mute.subjectId === subjectId),
  );
  return found?.id ?? null;
}

/** By e-mail one message per recipient; the other kinds have one place, written as ''. */
function recipientsOf(channel: Channel, notice: Notice, people: People): string[] {
  if (channel.kind !== 'email') return [''];
  const { audience } = NOTIFICATION_TYPES[notice.type];
  const fixed = audience === 'owner' ? [] : channel.recipients;
  const own = channel.toOwner ? concerned(audience, notice.ownerUserId, people) : [];
  const all = [...fixed, ...own.map(({ email }) => email ?? '')].map((address) => address.toLowerCase());
  return [...new Set(all)].filter((address) => address !== '');
}

/** Joins the daily message of this place; one that is already on its way leaves the notice to the next day. */
async function joinDigest(tx: WriteTx, setting: Setting, place: Place, notice: Notice): Promise<string> {
  const { tenantId, policy } = setting;
  let digest = nextDigest(setting.now, policy);
  for (let day = 0; day < DIGEST_DAYS_MAX; day++) {
    const [row] = await tx
      .insert(notificationDelivery)
      .values({
        ...newDelivery(tenantId, place, notice, sendableAt(digest.at, policy, notice.severity)),
        kind: 'digest',
        digestOn: digest.on,
        createdAt: setting.now,
      })
      .onConflictDoUpdate({
        target: [
          notificationDelivery.tenantId,
          notificationDelivery.channelId,
          notificationDelivery.recipient,
          notificationDelivery.digestOn,
        ],
        targetWhere: sql`${notificationDelivery.kind} = 'digest' and ${notificationDelivery.redeliveryOf} is null`,
        set: { severity: worstSql(notice.severity) },
        setWhere: sql`${notificationDelivery.state} = 'pending' and ${notificationDelivery.attempts} = 0`,
      })
      .returning({ id: notificationDelivery.id });
    if (row) return row.id;
    digest = nextDigest(digest.at, policy);
  }
  throw new Error('No daily message could be found to join.');
}

interface Place {
  channel: Channel;
  recipient: string;
}

const newDelivery = (tenantId: string, { channel, recipient }: Place, notice: Notice, at: Date) => ({
  tenantId,
  id: newId(),
  channelId: channel.id,
  type: notice.type,
  severity: notice.severity,
  recipient,
  nextAttemptAt: at,
});

const worstSql = (severity: Severity) =>
  sql`case when ${severity} = 'critical' or ${notificationDelivery.severity} = 'critical' then 'critical'
    when ${severity} = 'warning' or ${notificationDelivery.severity} = 'warning' then 'warning' else 'info' end`;

/** Joins a message to the same place that has not gone out yet, or begins one. */
async function joinMessage(tx: WriteTx, setting: Setting, place: Place, notice: Notice): Promise<string> {
  const { tenantId, now, policy } = setting;
  const { kind } = place.channel;
  const at = new Date(sendableAt(now, policy, notice.severity).getTime() + BUNDLE_MS[kind]);
  if (BUNDLE_MS[kind] > 0) {
    const [open] = await tx
      .select({ id: notificationDelivery.id })
      .from(notificationDelivery)
      .where(
        and(
          eq(notificationDelivery.tenantId, tenantId),
          eq(notificationDelivery.channelId, place.channel.id),
          eq(notificationDelivery.recipient, place.recipient),
          eq(notificationDelivery.kind, 'event'),
          eq(notificationDelivery.state, 'pending'),
          eq(notificationDelivery.attempts, 0),
          isNull(notificationDelivery.redeliveryOf),
          gt(notificationDelivery.nextAttemptAt, now),
        ),
      )
      .orderBy(asc(notificationDelivery.nextAttemptAt))
      .limit(1)
      .for('update');
    if (open) {
      await tx
        .update(notificationDelivery)
        .set({
          severity: worstSql(notice.severity),
          nextAttemptAt: sql`least(${notificationDelivery.nextAttemptAt}, ${at.toISOString()}::timestamptz)`,
        })
        .where(and(eq(notificationDelivery.tenantId, tenantId), eq(notificationDelivery.id, open.id)));
      return open.id;
    }
  }
  const row = { ...newDelivery(tenantId, place, notice, at), kind: 'event' as const, createdAt: now };
  await tx.insert(notificationDelivery).values(row);
  return row.id;
}

async function addToChannel(tx: WriteTx, setting: Setting, channel: Channel, notice: Notice): Promise<void> {
  const mode = effectiveMode(setting.routes(notice.type, channel), notice.severity);
  if (mode === 'off') return;
  const join = mode === 'digest' ? joinDigest : joinMessage;
  for (const recipient of recipientsOf(channel, notice, setting.people)) {
    const deliveryId = await join(tx, setting, { channel, recipient }, notice);
    await tx
      .insert(notificationDeliveryItem)
      .values({ tenantId: setting.tenantId, deliveryId, notificationId: notice.id })
      .onConflictDoNothing();
  }
}

async function dispatchNotice(tx: WriteTx, setting: Setting, notice: Notice): Promise<void> {
  const { tenantId, now } = setting;
  const mutedBy = muteOf(setting, notice);
  if (mutedBy === null) {
    const { audience } = NOTIFICATION_TYPES[notice.type];
    const readers = inboxReaders(audience, notice.ownerUserId, setting.people);
    if (readers.length > 0) {
      await tx
        .insert(notificationInbox)
        .values(readers.map((userId) => ({ tenantId, userId, notificationId: notice.id, createdAt: now })));
    }
    for (const channel of setting.channels) await addToChannel(tx, setting, channel, notice);
  }
  await tx
    .update(notification)
    .set({ dispatchedAt: now, mutedBy })
    .where(and(eq(notification.tenantId, tenantId), eq(notification.id, notice.id)));
}

/**
 * Takes what waits in the outbox to inboxes and channels, each notice exactly once; another worker that does the same
 * at this moment is left to it.
 * @returns how many notices were dispatched; as many as a batch holds means that there may be more
 */
// guard: it forwards recorded events to people; deliveries and their attempts are its own append-only log
export async function dispatchNotices(
  actor: JobActor,
  now: Date,
): Promise<{ dispatched: number; isMore: boolean }> {
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const [turn] = await tx.execute<{ ours: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtextextended(${`dispatch notices ${tenantId}`}, 0)) as ours`,
    );
    if (!turn?.ours) return { dispatched: 0, isMore: false };
    const { id, type, severity, subjectId, ownerUserId } = notification;
    const rows = await tx
      .select({ id, type, severity, subjectId, ownerUserId })
      .from(notification)
      .where(and(eq(notification.tenantId, tenantId), isNull(notification.dispatchedAt)))
      .orderBy(asc(notification.createdAt), asc(notification.id))
      .limit(BATCH);
    if (rows.length === 0) return { dispatched: 0, isMore: false };
    const setting = await readSetting(tx, tenantId, now);
    for (const row of rows) {
      if (isKnownType(row.type)) await dispatchNotice(tx, setting, { ...row, type: row.type });
    }
    return { dispatched: rows.length, isMore: rows.length === BATCH };
  });
}
