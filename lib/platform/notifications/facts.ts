import { type SQL, sql } from 'drizzle-orm';
import { notificationChannel } from '@/db/schema/notifications';
import type { ReadTx } from '@/db/scope';
import { type Fact, sqlFact } from '@/lib/platform/facts/fact';

/** A channel that does not deliver: Bulwark turned it off after failures, or the last attempts failed. */
export const isBroken: SQL = sql`${notificationChannel.failingSince} is not null`;

export const brokenChannels = sqlFact({
  key: 'notifications.broken_channels',
  permission: 'notifications:read',
  one: 'notification channel does not deliver',
  many: 'notification channels do not deliver',
  remedy: 'Open its deliveries to see why, fix it, then turn it on again.',
  action: 'Open channels',
  href: '/settings/notifications?show=broken',
  from: (tenantId) =>
    sql`${notificationChannel} where ${notificationChannel.tenantId} = ${tenantId}::uuid and ${isBroken}`,
  name: sql`name`,
  since: sql`failing_since`,
  level: 'warning',
  order: sql`failing_since`,
});

export const failedDeliveries = sqlFact({
  key: 'notifications.failed_deliveries',
  permission: 'notifications:read',
  one: 'notification could not be delivered in the last 7 days',
  many: 'notifications could not be delivered in the last 7 days',
  remedy: 'Read the error, then send it again.',
  action: 'Open deliveries',
  href: `/settings/deliveries?${new URLSearchParams({ q: 'state:failed', from: 'now-7d' })}`,
  from: (tenantId) => sql`notification_delivery d join notification_channel c
    on c.tenant_id = d.tenant_id and c.id = d.channel_id
    where d.tenant_id = ${tenantId}::uuid and d.state = 'failed' and d.created_at >= now() - interval '7 days'`,
  name: sql`concat_ws(' to ', c.name, nullif(d.recipient, ''))`,
  since: sql`d.created_at`,
  level: 'warning',
  order: sql`d.created_at desc`,
});

/** Nobody outside the console is told of anything. */
export const noChannel: Fact = {
  key: 'notifications.no_channel',
  permission: 'notifications:read',
  one: '',
  many: '',
  absence: 'No notification channel is set up outside the console',
  remedy: 'Add email, Slack or a webhook.',
  action: 'Open channels',
  href: '/settings/notifications',
  read: async (tx, tenantId) => {
    const isReachable = await hasChannel(tx, tenantId);
    return { count: isReachable ? 0 : 1, level: 'info', names: [], since: null, until: null };
  },
};

/** What needs somebody, most urgent first. */
export const notificationFacts: readonly Fact[] = [brokenChannels, failedDeliveries, noChannel];

/** Whether a channel outside the console is turned on. */
export async function hasChannel(tx: ReadTx, tenantId: string): Promise<boolean> {
  const rows = await tx.execute(
    sql`select 1 from notification_channel where tenant_id = ${tenantId}::uuid and disabled_at is null limit 1`,
  );
  return rows.length > 0;
}

/** The e-mail channels that a type of notification goes to, by name. */
export async function readMailChannels(tx: ReadTx, tenantId: string, type: string): Promise<string[]> {
  const rows = await tx.execute<{ name: string }>(sql`
    select c.name from notification_channel c
    left join notification_route r on r.tenant_id = c.tenant_id and r.channel_id = c.id and r.type = ${type}
    where c.tenant_id = ${tenantId}::uuid and c.kind = 'email' and c.disabled_at is null and coalesce(r.mode, 'now') <> 'off'
    order by c.name`);
  return rows.map(({ name }) => name);
}

/** When the first delivery was queued, ISO 8601; null: none ever was. */
export async function firstDeliveryAt(tx: ReadTx, tenantId: string): Promise<string | null> {
  const [row] = await tx.execute<{ at: string }>(sql`
    select to_json(created_at) #>> '{}' as at from notification_delivery
    where tenant_id = ${tenantId}::uuid order by created_at limit 1`);
  return row ? new Date(row.at).toISOString() : null;
}

/** Deliveries that are still to be made. */
export async function countUndelivered(tx: ReadTx, tenantId: string): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(*)::integer as count from notification_delivery
    where tenant_id = ${tenantId}::uuid and state in ('pending', 'sending')`);
  return row?.count ?? 0;
}

/** Deliveries that failed for good, by channel, with the newest error. */
export interface FailedDeliveries {
  channelId: string;
  channel: string;
  count: number;
  error: string | null;
}

/** Those queued in a span, the most first. */
export async function readFailedDeliveries(
  tx: ReadTx,
  tenantId: string,
  from: string,
  to: string,
): Promise<FailedDeliveries[]> {
  const rows = await tx.execute<FailedDeliveries & Record<string, unknown>>(sql`
    select c.id as "channelId", c.name as channel, count(*)::int as count,
      (array_agg(d.last_error order by d.created_at desc))[1] as error
    from notification_delivery d join notification_channel c on c.tenant_id = d.tenant_id and c.id = d.channel_id
    where d.tenant_id = ${tenantId}::uuid and d.state = 'failed'
      and d.created_at >= ${from}::timestamptz and d.created_at < ${to}::timestamptz
    group by c.id, c.name order by count desc, c.name`);
  return [...rows];
}

/** FROM item: what is sent to whom, as `id`, `channel`, `state`, `error`, `created_at`, `finished_at`; it must be given a name. */
export const deliveries = (tenantId: string): SQL =>
  sql`(select d.id, c.name as channel, d.state, d.last_error as error, d.created_at, d.finished_at
    from notification_delivery d join notification_channel c on c.tenant_id = d.tenant_id and c.id = d.channel_id
    where d.tenant_id = ${tenantId}::uuid)`;
