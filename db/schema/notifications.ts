import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** The outbox: one row per event and tenant, written in the transaction of what happened. */
export const notification = pgTable(
  'notification',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    type: text('type').notNull(),
    severity: text('severity', { enum: ['info', 'warning', 'critical'] }).notNull(),
    subjectType: text('subject_type').notNull(),
    subjectId: text('subject_id'),
    subjectLabel: text('subject_label').notNull(),
    ownerUserId: uuid('owner_user_id'),
    /** Says which event it is; a second row of the same event is not written. */
    dedupeKey: text('dedupe_key').notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    dispatchedAt: at('dispatched_at'),
    mutedBy: uuid('muted_by'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('notification_dedupe_key').on(t.tenantId, t.dedupeKey),
    index('notification_undispatched_idx').on(t.tenantId, t.createdAt).where(sql`${t.dispatchedAt} is null`),
    check('notification_severity_check', sql`${t.severity} in ('info', 'warning', 'critical')`),
  ],
);

/** What a person finds under the bell. */
export const notificationInbox = pgTable(
  'notification_inbox',
  {
    tenantId: uuid('tenant_id').notNull(),
    userId: uuid('user_id').notNull(),
    notificationId: uuid('notification_id').notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    readAt: at('read_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.userId, t.notificationId] }),
    foreignKey({
      columns: [t.tenantId, t.notificationId],
      foreignColumns: [notification.tenantId, notification.id],
    }).onDelete('restrict'),
    index('notification_inbox_newest_idx').on(t.tenantId, t.userId, t.createdAt, t.notificationId),
  ],
);

/** Where notices go. Sealed columns hold AES-256-GCM texts (lib/platform/core/seal.ts) that app_ro cannot read. */
export const notificationChannel = pgTable(
  'notification_channel',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    kind: text('kind', { enum: ['email', 'slack', 'webhook'] }).notNull(),
    name: text('name').notNull(),
    /** What may be shown: the address of a webhook, the host of a Slack one; empty for e-mail. */
    address: text('address').notNull().default(''),
    recipients: text('recipients').array().notNull().default(sql`'{}'::text[]`),
    /** E-mail only: also to the person whose key or account it is about. */
    toOwner: boolean('to_owner').notNull().default(false),
    /** Slack: the whole URL. Webhook: the signing secret. */
    secretSealed: text('secret_sealed'),
    previousSecretSealed: text('previous_secret_sealed'),
    previousSecretUntil: at('previous_secret_until'),
    disabledAt: at('disabled_at'),
    disabledReason: text('disabled_reason'),
    /** Failures in a row, since when, and until when nothing is sent after one. */
    failures: integer('failures').notNull().default(0),
    failingSince: at('failing_since'),
    pausedUntil: at('paused_until'),
    lastSuccessAt: at('last_success_at'),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull().defaultNow(),
    version: integer('version').notNull().default(1),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('notification_channel_name_key').on(t.tenantId, t.name),
    check('notification_channel_kind_check', sql`${t.kind} in ('email', 'slack', 'webhook')`),
  ],
);

/** Quiet hours and the time of the daily mail, in the tenant's zone; one row per tenant, defaults without one. */
export const notificationPolicy = pgTable('notification_policy', {
  tenantId: uuid('tenant_id').primaryKey(),
  timeZone: text('time_zone').notNull(),
  /** `22:00`; both null: no quiet hours. */
  quietFrom: text('quiet_from'),
  quietTo: text('quiet_to'),
  digestAt: text('digest_at').notNull(),
  version: integer('version').notNull().default(1),
  updatedAt: at('updated_at').notNull().defaultNow(),
});

/** Where it differs from the default of lib/platform/notifications/rules.ts: how a type goes to a channel. */
export const notificationRoute = pgTable(
  'notification_route',
  {
    tenantId: uuid('tenant_id').notNull(),
    type: text('type').notNull(),
    channelId: uuid('channel_id').notNull(),
    mode: text('mode', { enum: ['now', 'digest', 'off'] }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.type, t.channelId] }),
    foreignKey({
      columns: [t.tenantId, t.channelId],
      foreignColumns: [notificationChannel.tenantId, notificationChannel.id],
    }).onDelete('restrict'),
    check('notification_route_mode_check', sql`${t.mode} in ('now', 'digest', 'off')`),
  ],
);

export const notificationMute = pgTable(
  'notification_mute',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    /** Null: every type. At least one of type and subject is set. */
    type: text('type'),
    subjectId: text('subject_id'),
    subjectLabel: text('subject_label'),
    reason: text('reason').notNull(),
    until: at('until').notNull(),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull().defaultNow(),
    endedAt: at('ended_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    check('notification_mute_scope_check', sql`${t.type} is not null or ${t.subjectId} is not null`),
  ],
);

/** One message to one channel (and, by e-mail, one recipient), with its place in the state machine of rules.ts. */
export const notificationDelivery = pgTable(
  'notification_delivery',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    channelId: uuid('channel_id').notNull(),
    kind: text('kind', { enum: ['event', 'digest', 'test'] }).notNull(),
    /** The type of its first notice; empty for a test. */
    type: text('type').notNull().default(''),
    severity: text('severity', { enum: ['info', 'warning', 'critical'] }).notNull(),
    /** An e-mail address; empty for the other kinds. */
    recipient: text('recipient').notNull().default(''),
    digestOn: date('digest_on', { mode: 'string' }),
    state: text('state', { enum: ['pending', 'sending', 'succeeded', 'failed'] })
      .notNull()
      .default('pending'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: at('next_attempt_at'),
    leaseUntil: at('lease_until'),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    redeliveryOf: uuid('redelivery_of'),
    createdAt: at('created_at').notNull().defaultNow(),
    finishedAt: at('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    foreignKey({
      columns: [t.tenantId, t.channelId],
      foreignColumns: [notificationChannel.tenantId, notificationChannel.id],
    }).onDelete('restrict'),
    index('notification_delivery_newest_idx').on(t.tenantId, t.createdAt, t.id),
    index('notification_delivery_due_idx')
      .on(t.tenantId, t.channelId, t.nextAttemptAt)
      .where(sql`${t.state} in ('pending', 'sending')`),
    uniqueIndex('notification_delivery_digest_key')
      .on(t.tenantId, t.channelId, t.recipient, t.digestOn)
      .where(sql`${t.kind} = 'digest' and ${t.redeliveryOf} is null`),
    check('notification_delivery_kind_check', sql`${t.kind} in ('event', 'digest', 'test')`),
    check(
      'notification_delivery_state_check',
      sql`${t.state} in ('pending', 'sending', 'succeeded', 'failed')`,
    ),
  ],
);

export const notificationDeliveryItem = pgTable(
  'notification_delivery_item',
  {
    tenantId: uuid('tenant_id').notNull(),
    deliveryId: uuid('delivery_id').notNull(),
    notificationId: uuid('notification_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.deliveryId, t.notificationId] }),
    foreignKey({
      columns: [t.tenantId, t.deliveryId],
      foreignColumns: [notificationDelivery.tenantId, notificationDelivery.id],
    }).onDelete('restrict'),
    foreignKey({
      columns: [t.tenantId, t.notificationId],
      foreignColumns: [notification.tenantId, notification.id],
    }).onDelete('restrict'),
  ],
);

/** Append-only: what was sent and what came back, without secrets. Texts are cut to 4 KiB. */
export const notificationAttempt = pgTable(
  'notification_attempt',
  {
    tenantId: uuid('tenant_id').notNull(),
    deliveryId: uuid('delivery_id').notNull(),
    number: integer('number').notNull(),
    at: at('at').notNull(),
    durationMs: integer('duration_ms').notNull(),
    outcome: text('outcome', { enum: ['succeeded', 'retry', 'failed'] }).notNull(),
    status: integer('status'),
    request: text('request').notNull(),
    response: text('response').notNull(),
    error: text('error'),
    retryAt: at('retry_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.deliveryId, t.number] }),
    foreignKey({
      columns: [t.tenantId, t.deliveryId],
      foreignColumns: [notificationDelivery.tenantId, notificationDelivery.id],
    }).onDelete('restrict'),
    check('notification_attempt_outcome_check', sql`${t.outcome} in ('succeeded', 'retry', 'failed')`),
  ],
);
