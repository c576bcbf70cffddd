import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  doublePrecision,
  foreignKey,
  index,
  inet,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { SeverityStepDto } from '@/lib/response/detections/contract';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const count = (name: string) => bigint(name, { mode: 'number' });
const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });
const texts = (name: string) => text(name).array().notNull().default(sql`'{}'::text[]`);

/** What was sent, as it came. Its body is emptied once it was read; what could not be read keeps it. */
export const eventDelivery = pgTable(
  'event_delivery',
  {
    tenantId: uuid('tenant_id').notNull(),
    /** Also the id of the audit event of its receipt. */
    id: uuid('id').notNull(),
    receivedAt: at('received_at').notNull(),
    /** `loss`: what a gate could not keep while the database was away. */
    kind: text('kind', { enum: ['falco', 'alertmanager', 'loss'] }).notNull(),
    originType: text('origin_type', { enum: ['key', 'source', 'console', 'gate'] }).notNull(),
    originId: uuid('origin_id'),
    originLabel: text('origin_label').notNull(),
    ip: inet('ip'),
    userAgent: text('user_agent'),
    encoding: text('encoding', { enum: ['identity', 'gzip', 'deflate', 'br'] }).notNull(),
    body: bytea('body').notNull(),
    /** As sent, also where only the beginning was kept. */
    bodyBytes: integer('body_bytes').notNull(),
    headersDigest: bytea('headers_digest').notNull(),
    isSpilled: boolean('is_spilled').notNull().default(false),
    processedAt: at('processed_at'),
    events: integer('events'),
    /** Why it, or a part of it, could not be read. */
    problem: text('problem'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('event_delivery_waiting_idx')
      .on(t.tenantId, t.receivedAt, t.id)
      .where(sql`${t.processedAt} is null`),
    index('event_delivery_problem_idx')
      .on(t.tenantId, t.receivedAt, t.id)
      .where(sql`${t.problem} is not null`),
    index('event_delivery_processed_idx')
      .on(t.tenantId, t.processedAt)
      .where(sql`${t.processedAt} is not null`),
    check('event_delivery_kind_check', sql`${t.kind} in ('falco', 'alertmanager', 'loss')`),
    check('event_delivery_origin_check', sql`${t.originType} in ('key', 'source', 'console', 'gate')`),
    check('event_delivery_encoding_check', sql`${t.encoding} in ('identity', 'gzip', 'deflate', 'br')`),
  ],
);

/** Detections that are one thing happening again and again: one row for each group key, for ever. */
export const detectionGroup = pgTable(
  'detection_group',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    key: bytea('key').notNull(),
    kind: text('kind', { enum: ['falco', 'alertmanager'] }).notNull(),
    rule: text('rule').notNull(),
    source: text('source').notNull(),
    scopeKind: text('scope_kind').notNull(),
    scope: text('scope').notNull(),
    namespace: text('namespace'),
    workload: text('workload'),
    container: text('container'),
    image: text('image'),
    host: text('host'),
    priority: text('priority').notNull(),
    maturity: text('maturity').notNull(),
    severity: text('severity', { enum: ['critical', 'high', 'medium', 'low', 'info'] }).notNull(),
    severityRank: smallint('severity_rank').notNull(),
    severitySteps: jsonb('severity_steps').$type<SeverityStepDto[]>().notNull(),
    techniques: texts('techniques'),
    tactics: texts('tactics'),
    tags: texts('tags'),
    state: text('state', { enum: ['open', 'acknowledged', 'closed', 'expected'] })
      .notNull()
      .default('open'),
    note: text('note'),
    triagedBy: text('triaged_by'),
    triagedAt: at('triaged_at'),
    /** Raised when the group returns after it was quiet, closed or resolved. */
    episode: integer('episode').notNull().default(1),
    episodeStartedAt: at('episode_started_at').notNull(),
    episodeCount: count('episode_count').notNull().default(0),
    /** Events of the episode that its kept detections stand for. */
    represented: count('represented').notNull().default(0),
    /** Every event, kept or not. */
    count: count('count').notNull().default(0),
    /** Detections that were kept, whether they are still there or not. */
    stored: integer('stored').notNull().default(0),
    /** Further deliveries of events that were seen already. */
    duplicates: count('duplicates').notNull().default(0),
    /** Of `count`, those that an exception covers. */
    expected: count('expected').notNull().default(0),
    hosts: texts('hosts'),
    /** Fields that differ between its events, with some of their values. */
    differing: jsonb('differing').$type<Record<string, string[]>>().notNull().default({}),
    /** Of Alertmanager: episodes that fire, and alerts that it left out of its last message. */
    firing: integer('firing').notNull().default(0),
    truncated: integer('truncated').notNull().default(0),
    resolvedAt: at('resolved_at'),
    firstAt: at('first_at').notNull(),
    lastAt: at('last_at').notNull(),
    firstReceivedAt: at('first_received_at').notNull(),
    lastReceivedAt: at('last_received_at').notNull(),
    output: text('output').notNull(),
    isTest: boolean('is_test').notNull().default(false),
    version: integer('version').notNull().default(1),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('detection_group_key').on(t.tenantId, t.key),
    index('detection_group_last_idx').on(t.tenantId, t.lastReceivedAt, t.id),
    index('detection_group_worst_idx')
      .on(t.tenantId, t.severityRank, t.lastReceivedAt, t.id)
      .where(sql`${t.state} = 'open'`),
    index('detection_group_updated_idx').on(t.tenantId, t.updatedAt, t.id),
    check('detection_group_kind_check', sql`${t.kind} in ('falco', 'alertmanager')`),
    check(
      'detection_group_severity_check',
      sql`${t.severity} in ('critical', 'high', 'medium', 'low', 'info')`,
    ),
    check('detection_group_state_check', sql`${t.state} in ('open', 'acknowledged', 'closed', 'expected')`),
  ],
);

/** One kept event of Falco, or one episode of an alert. */
export const detection = pgTable(
  'detection',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    groupId: uuid('group_id').notNull(),
    episode: integer('episode').notNull(),
    kind: text('kind', { enum: ['falco', 'alertmanager'] }).notNull(),
    receivedAt: at('received_at').notNull(),
    /** The source's own time where it can be used, else that of receipt. */
    eventAt: at('event_at').notNull(),
    /** As the source wrote it, with all its decimals. */
    eventTime: text('event_time').notNull(),
    rule: text('rule').notNull(),
    source: text('source').notNull(),
    priority: text('priority').notNull(),
    priorityGiven: text('priority_given'),
    severity: text('severity', { enum: ['critical', 'high', 'medium', 'low', 'info'] }).notNull(),
    severityRank: smallint('severity_rank').notNull(),
    severitySteps: jsonb('severity_steps').$type<SeverityStepDto[]>().notNull(),
    host: text('host'),
    namespace: text('namespace'),
    output: text('output').notNull(),
    /** Its JSON as text: what a number looked like is part of it. */
    raw: text('raw').notNull(),
    identity: bytea('identity'),
    deliveries: integer('deliveries').notNull().default(1),
    /** How many events of its group it stands for. */
    weight: count('weight').notNull().default(1),
    marks: texts('marks'),
    /** The exception that covers it: its id, or `file:` and its place. */
    exception: text('exception'),
    deliveryId: uuid('delivery_id').notNull(),
    originType: text('origin_type').notNull(),
    originId: uuid('origin_id'),
    originLabel: text('origin_label').notNull(),
    isTest: boolean('is_test').notNull().default(false),
    alertState: text('alert_state', { enum: ['firing', 'resolved'] }),
    fingerprint: text('fingerprint'),
    endsAt: at('ends_at'),
    /** When the message arrived that said so. */
    resolvedAt: at('resolved_at'),
    lastReceivedAt: at('last_received_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    foreignKey({
      name: 'detection_group_fk',
      columns: [t.tenantId, t.groupId],
      foreignColumns: [detectionGroup.tenantId, detectionGroup.id],
    }).onDelete('restrict'),
    index('detection_newest_idx').on(t.tenantId, t.receivedAt, t.id),
    index('detection_group_idx').on(t.tenantId, t.groupId, t.receivedAt, t.id),
    index('detection_rule_idx').on(t.tenantId, t.rule, t.receivedAt, t.id),
    index('detection_severity_idx').on(t.tenantId, t.severityRank, t.receivedAt, t.id),
    index('detection_host_idx').on(t.tenantId, t.host, t.receivedAt, t.id),
    index('detection_namespace_idx')
      .on(t.tenantId, t.namespace, t.receivedAt, t.id)
      .where(sql`${t.namespace} is not null`),
    uniqueIndex('detection_alert_key')
      .on(t.tenantId, t.groupId, t.identity)
      .where(sql`${t.kind} = 'alertmanager'`),
    check('detection_alert_state_check', sql`${t.alertState} in ('firing', 'resolved')`),
  ],
);

export const detectionIdentity = pgTable(
  'detection_identity',
  {
    tenantId: uuid('tenant_id').notNull(),
    digest: bytea('digest').notNull(),
    receivedAt: at('received_at').notNull(),
    /** Null for what a sensor says of itself. */
    groupId: uuid('group_id'),
    /** Null where it was counted and not kept. */
    detectionId: uuid('detection_id'),
    /** Not when it came: what a gate kept on disk for an hour may still come twice. */
    notedAt: at('noted_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.digest] }),
    index('detection_identity_age_idx').on(t.tenantId, t.notedAt),
  ],
);

export const TALLY_SPANS = ['minute', 'hour', 'day', 'month'] as const;

export const detectionTally = pgTable(
  'detection_tally',
  {
    tenantId: uuid('tenant_id').notNull(),
    span: text('span', { enum: TALLY_SPANS }).notNull(),
    at: at('at').notNull(),
    groupId: uuid('group_id').notNull(),
    /** Empty where an event named none. */
    host: text('host').notNull(),
    severityRank: smallint('severity_rank').notNull(),
    rule: text('rule').notNull(),
    /** Empty where there is none. */
    namespace: text('namespace').notNull(),
    stored: integer('stored').notNull(),
    count: count('count').notNull(),
  },
  (t) => [
    primaryKey({
      name: 'detection_tally_pk',
      columns: [t.tenantId, t.span, t.at, t.groupId, t.host, t.severityRank, t.rule, t.namespace],
    }),
    index('detection_tally_group_idx').on(t.tenantId, t.groupId, t.span, t.at),
    check('detection_tally_span_check', sql`${t.span} in ('minute', 'hour', 'day', 'month')`),
  ],
);

export const detectionVolume = pgTable(
  'detection_volume',
  {
    tenantId: uuid('tenant_id').notNull(),
    hour: at('hour').notNull(),
    severityRank: smallint('severity_rank').notNull(),
    stored: integer('stored').notNull(),
    count: count('count').notNull(),
  },
  (t) => [primaryKey({ name: 'detection_volume_pk', columns: [t.tenantId, t.hour, t.severityRank] })],
);

export const detectionEntity = pgTable(
  'detection_entity',
  {
    tenantId: uuid('tenant_id').notNull(),
    groupId: uuid('group_id').notNull(),
    type: text('type').notNull(),
    value: text('value').notNull(),
    firstAt: at('first_at').notNull(),
    lastAt: at('last_at').notNull(),
    count: count('count').notNull(),
  },
  (t) => [
    primaryKey({ name: 'detection_entity_pk', columns: [t.tenantId, t.groupId, t.type, t.value] }),
    index('detection_entity_value_idx').on(t.tenantId, t.type, t.value, t.lastAt),
  ],
);

/** Whoever sends events: a key or a source, with its allowance. */
export const detectionSender = pgTable(
  'detection_sender',
  {
    tenantId: uuid('tenant_id').notNull(),
    type: text('type').notNull(),
    id: uuid('id').notNull(),
    label: text('label').notNull(),
    tokens: doublePrecision('tokens').notNull(),
    tokensAt: at('tokens_at').notNull(),
    events: count('events').notNull().default(0),
    summarised: count('summarised').notNull().default(0),
    unreadable: count('unreadable').notNull().default(0),
    lastAt: at('last_at').notNull(),
  },
  (t) => [primaryKey({ name: 'detection_sender_pk', columns: [t.tenantId, t.type, t.id] })],
);

/** A Falco on a host, or an Alertmanager, as one sender reports it. */
export const detectionSensor = pgTable(
  'detection_sensor',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    kind: text('kind', { enum: ['falco', 'alertmanager'] }).notNull(),
    senderType: text('sender_type').notNull(),
    senderId: uuid('sender_id').notNull(),
    host: text('host').notNull(),
    firstSeenAt: at('first_seen_at').notNull(),
    lastEventAt: at('last_event_at'),
    lastHeartbeatAt: at('last_heartbeat_at'),
    /** Seconds between the last heartbeats; their median is its interval. */
    recentGaps: integer('recent_gaps').array().notNull().default(sql`'{}'::integer[]`),
    version: text('version'),
    kernel: text('kernel'),
    engine: text('engine'),
    facts: jsonb('facts').$type<Record<string, string>>().notNull().default({}),
    events: count('events').notNull().default(0),
    /** The database's clock less the sensor's, in milliseconds. */
    clockOffsetMs: count('clock_offset_ms'),
    clockAt: at('clock_at'),
    retiredAt: at('retired_at'),
    retiredBy: text('retired_by'),
    retiredReason: text('retired_reason'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('detection_sensor_key').on(t.tenantId, t.kind, t.senderType, t.senderId, t.host),
  ],
);

/** What a sensor said of itself in one hour: system calls it saw and lost. */
export const detectionSensorHour = pgTable(
  'detection_sensor_hour',
  {
    tenantId: uuid('tenant_id').notNull(),
    sensorId: uuid('sensor_id').notNull(),
    hour: at('hour').notNull(),
    events: count('events').notNull(),
    heartbeats: integer('heartbeats').notNull(),
    seen: count('seen').notNull(),
    dropped: count('dropped').notNull(),
  },
  (t) => [primaryKey({ name: 'detection_sensor_hour_pk', columns: [t.tenantId, t.sensorId, t.hour] })],
);

/** Deliveries that a gate could not keep. */
export const detectionLoss = pgTable(
  'detection_loss',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    fromAt: at('from_at').notNull(),
    toAt: at('to_at').notNull(),
    deliveries: count('deliveries').notNull(),
    reason: text('reason').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

/** What is expected, for a time. It holds once someone other than its requester approved it. */
export const detectionException = pgTable(
  'detection_exception',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    kind: text('kind', { enum: ['falco', 'alertmanager'] }).notNull(),
    rule: text('rule').notNull(),
    fields: jsonb('fields').$type<Record<string, string>>().notNull(),
    reason: text('reason').notNull(),
    expiresAt: at('expires_at').notNull(),
    requestedBy: uuid('requested_by'),
    requestedByLabel: text('requested_by_label').notNull(),
    requestedAt: at('requested_at').notNull().defaultNow(),
    approvedBy: uuid('approved_by'),
    approvedByLabel: text('approved_by_label'),
    approvedAt: at('approved_at'),
    endedAt: at('ended_at'),
    endedByLabel: text('ended_by_label'),
    endedReason: text('ended_reason'),
    /** What it would have covered when it was requested. */
    replay: jsonb('replay').$type<Record<string, unknown>>().notNull(),
    appliedAt: at('applied_at'),
    covered: count('covered').notNull().default(0),
    lastCoveredAt: at('last_covered_at'),
    version: integer('version').notNull().default(1),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('detection_exception_newest_idx').on(t.tenantId, t.requestedAt, t.id),
    check(
      'detection_exception_approver_check',
      sql`${t.approvedBy} is distinct from ${t.requestedBy} or ${t.approvedBy} is null`,
    ),
  ],
);
