import {
  inet,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

/** Microseconds matter here (the sealed leaf is what is read back), so times stay strings. */
const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });

/**
 * The record. Range-partitioned by month on `at`, append-only for every role but the migrator.
 * Created by hand-written SQL (drizzle/0001), since drizzle-kit knows no partitions.
 */
export const auditEvent = pgTable(
  'audit_event',
  {
    tenantId: uuid('tenant_id').notNull(),
    at: at('at').notNull(),
    id: uuid('id').notNull(),
    recordedAt: at('recorded_at').notNull(),
    category: text('category').notNull(),
    action: text('action').notNull(),
    outcome: text('outcome').notNull(),
    code: text('code'),
    actorType: text('actor_type').notNull(),
    actorId: uuid('actor_id'),
    actorLabel: text('actor_label'),
    sessionId: uuid('session_id'),
    keyId: uuid('key_id'),
    keyVersionId: uuid('key_version_id'),
    ip: inet('ip'),
    userAgent: text('user_agent'),
    method: text('method'),
    host: text('host'),
    path: text('path'),
    status: smallint('status'),
    durationUs: integer('duration_us'),
    targetType: text('target_type'),
    targetId: text('target_id'),
    targetLabel: text('target_label'),
    reason: text('reason'),
    requestId: text('request_id').notNull(),
    details: jsonb('details').$type<Record<string, unknown>>(),
    schemaVersion: smallint('schema_version').notNull().default(1),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.at, t.id] })],
);
