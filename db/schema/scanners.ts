import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** What Bulwark scans itself, with which scanner and when; times of a schedule are the tenant's own. */
export const scanTarget = pgTable(
  'scan_target',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    asset: text('asset').notNull(),
    scanner: text('scanner').notNull(),
    kind: text('kind', { enum: ['path', 'git', 'image'] }).notNull(),
    location: text('location').notNull(),
    branch: text('branch').notNull().default('main'),
    every: text('every', { enum: ['never', 'hour', 'day', 'week'] })
      .notNull()
      .default('never'),
    /** `03:00`; of an hourly one the minutes count. */
    runAt: text('run_at').notNull().default('03:00'),
    /** 1 is Monday. */
    weekday: smallint('weekday').notNull().default(1),
    isEnabled: boolean('is_enabled').notNull().default(true),
    /** The due moment that was answered last; earlier ones are not caught up with. */
    answeredDueAt: at('answered_due_at').notNull().defaultNow(),
    createdBy: text('created_by').notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    deletedAt: at('deleted_at'),
    version: integer('version').notNull().default(1),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    uniqueIndex('scan_target_key')
      .on(t.tenantId, t.asset, t.scanner, t.location, t.branch)
      .where(sql`${t.deletedAt} is null`),
    check('scan_target_kind_check', sql`${t.kind} in ('path', 'git', 'image')`),
    check('scan_target_every_check', sql`${t.every} in ('never', 'hour', 'day', 'week')`),
    check('scan_target_weekday_check', sql`${t.weekday} between 1 and 7`),
  ],
);

/** One run of a scanner. `claim` is the attempt that may write; a later one takes it over. */
export const scannerRun = pgTable(
  'scanner_run',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    targetId: uuid('target_id').notNull(),
    status: text('status', {
      enum: ['queued', 'running', 'imported', 'failed', 'cancelled', 'timed_out'],
    }).notNull(),
    /** What happened and what to do. */
    sentence: text('sentence'),
    isScheduled: boolean('is_scheduled').notNull(),
    requestedBy: text('requested_by').notNull(),
    createdAt: at('created_at').notNull().defaultNow(),
    startedAt: at('started_at'),
    heartbeatAt: at('heartbeat_at'),
    finishedAt: at('finished_at'),
    cancelRequestedAt: at('cancel_requested_at'),
    claim: uuid('claim'),
    attempts: smallint('attempts').notNull().default(0),
    toolVersion: text('tool_version'),
    exitCode: integer('exit_code'),
    /** The scan that its report became. */
    scanId: uuid('scan_id'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('scanner_run_newest_idx').on(t.tenantId, t.targetId, t.createdAt, t.id),
    uniqueIndex('scanner_run_open_key')
      .on(t.tenantId, t.targetId)
      .where(sql`${t.status} in ('queued', 'running')`),
    foreignKey({
      name: 'scanner_run_target_fk',
      columns: [t.tenantId, t.targetId],
      foreignColumns: [scanTarget.tenantId, scanTarget.id],
    }),
    check(
      'scanner_run_status_check',
      sql`${t.status} in ('queued', 'running', 'imported', 'failed', 'cancelled', 'timed_out')`,
    ),
  ],
);

/** What a run said, line by line, redacted before it is stored. Never changed. */
export const scannerLog = pgTable(
  'scanner_log',
  {
    tenantId: uuid('tenant_id').notNull(),
    runId: uuid('run_id').notNull(),
    number: integer('number').notNull(),
    at: at('at').notNull(),
    source: text('source', { enum: ['bulwark', 'scanner'] }).notNull(),
    line: text('line').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.runId, t.number] }),
    foreignKey({
      name: 'scanner_log_run_fk',
      columns: [t.tenantId, t.runId],
      foreignColumns: [scannerRun.tenantId, scannerRun.id],
    }),
  ],
);

/** What the worker last found of each scanner. */
export const scannerState = pgTable(
  'scanner_state',
  {
    tenantId: uuid('tenant_id').notNull(),
    scanner: text('scanner').notNull(),
    version: text('version'),
    /** Why it cannot be used; null where it can. */
    problem: text('problem'),
    checkedAt: at('checked_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.scanner] })],
);
