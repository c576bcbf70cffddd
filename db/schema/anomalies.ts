import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** The record by hour: who did what from where, and how it ended. Kept for as long as rules look back. */
export const activityHour = pgTable(
  'activity_hour',
  {
    tenantId: uuid('tenant_id').notNull(),
    hour: at('hour').notNull(),
    /** `user:<id>`, `key:<id>` or `anonymous:<label>`. */
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    /** The /24 or /64 of the address; empty where there was none. */
    network: text('network').notNull(),
    result: text('result').notNull(),
    label: text('label').notNull(),
    count: integer('count').notNull(),
  },
  (t) => [
    primaryKey({
      name: 'activity_hour_pk',
      columns: [t.tenantId, t.hour, t.actor, t.action, t.network, t.result],
    }),
    index('activity_hour_actor_idx').on(t.tenantId, t.actor, t.hour),
    check('activity_hour_result_check', sql`${t.result} in ('ok', 'refused', 'bad_credential')`),
  ],
);

/** What a tenant made of a rule; a rule without a row is off, with its standard parameters. */
export const anomalyRule = pgTable(
  'anomaly_rule',
  {
    tenantId: uuid('tenant_id').notNull(),
    key: text('key').notNull(),
    isEnabled: boolean('is_enabled').notNull().default(false),
    parameters: jsonb('parameters').$type<Record<string, number>>().notNull(),
    /** What the last replay found, and with which parameters. */
    replay: jsonb('replay').$type<Record<string, unknown>>(),
    replayedAt: at('replayed_at'),
    /** The hour up to which it has looked. */
    evaluatedTo: at('evaluated_to'),
    /** Since when the tenant's anomalies are known at all. */
    firstEnabledAt: at('first_enabled_at'),
    version: integer('version').notNull().default(1),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.key] })],
);

export const anomalyMute = pgTable(
  'anomaly_mute',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    rule: text('rule').notNull(),
    /** Null: whoever it is about. */
    subject: text('subject'),
    reason: text('reason').notNull(),
    until: at('until').notNull(),
    mutedBy: text('muted_by').notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    endedAt: at('ended_at'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

/** Something unusual that a rule found, once for each thing it is about. */
export const anomaly = pgTable(
  'anomaly',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    rule: text('rule').notNull(),
    subject: text('subject').notNull(),
    label: text('label').notNull(),
    dedupeKey: text('dedupe_key').notNull(),
    severity: text('severity', { enum: ['critical', 'high', 'medium', 'low'] }).notNull(),
    /** What happened and what is usual. */
    sentence: text('sentence').notNull(),
    /** `at`: the hour with the most, of which the sentence speaks; not kept of old ones. */
    facts: jsonb('facts').$type<{ observed: string; usual: string; q: string; at?: string }>().notNull(),
    count: integer('count').notNull().default(1),
    firstAt: at('first_at').notNull(),
    lastAt: at('last_at').notNull(),
    raisedAt: at('raised_at').notNull().defaultNow(),
    muteId: uuid('mute_id'),
    state: text('state', { enum: ['open', 'true_positive', 'false_positive', 'expected'] })
      .notNull()
      .default('open'),
    note: text('note'),
    triagedBy: text('triaged_by'),
    triagedAt: at('triaged_at'),
    version: integer('version').notNull().default(1),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('anomaly_dedupe_key').on(t.tenantId, t.dedupeKey),
    index('anomaly_newest_idx').on(t.tenantId, t.raisedAt, t.id),
    check('anomaly_severity_check', sql`${t.severity} in ('critical', 'high', 'medium', 'low')`),
    check('anomaly_state_check', sql`${t.state} in ('open', 'true_positive', 'false_positive', 'expected')`),
  ],
);
