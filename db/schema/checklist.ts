import { sql } from 'drizzle-orm';
import {
  check,
  customType,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

const actor = () => ({
  actorType: text('actor_type').notNull(),
  actorId: uuid('actor_id'),
  actorLabel: text('actor_label').notNull(),
});

/** One run of several checks: who asked for it and how far it is. What it found stands in check_run. */
export const checklistRun = pgTable(
  'checklist_run',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    trigger: text('trigger', { enum: ['person', 'service', 'schedule'] }).notNull(),
    ...actor(),
    definitionHash: text('definition_hash').notNull(),
    checkKeys: text('check_keys').array().notNull(),
    state: text('state', { enum: ['queued', 'running', 'completed', 'error'] }).notNull(),
    /** The checks under way at this moment. */
    runningKeys: text('running_keys').array().notNull().default(sql`'{}'::text[]`),
    problem: text('problem'),
    requestedAt: at('requested_at').notNull().defaultNow(),
    startedAt: at('started_at'),
    finishedAt: at('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('checklist_run_requested_idx').on(t.tenantId, t.requestedAt, t.id),
    check('checklist_run_state_check', sql`${t.state} in ('queued', 'running', 'completed', 'error')`),
  ],
);

/** What a check saw, or a person or tool says it saw. Never changed. */
export const checkEvidence = pgTable(
  'check_evidence',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    checkKey: text('check_key').notNull(),
    source: text('source', { enum: ['run', 'attestation', 'import'] }).notNull(),
    collector: text('collector').notNull(),
    collectedAt: at('collected_at').notNull(),
    receivedAt: at('received_at').notNull().defaultNow(),
    effectiveFrom: at('effective_from').notNull(),
    effectiveUntil: at('effective_until').notNull(),
    /** Hex SHA-256 of `body`; also in the audit log. */
    sha256: text('sha256').notNull(),
    /** JSON text, kept to the letter. */
    body: text('body').notNull(),
    link: text('link'),
    fileName: text('file_name'),
    fileType: text('file_type'),
    file: bytea('file'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

/** A finished run of one check. Never changed: what a check is now is computed from the latest one. */
export const checkRun = pgTable(
  'check_run',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    runId: uuid('run_id'),
    objectiveKey: text('objective_key').notNull(),
    checkKey: text('check_key').notNull(),
    checkVersion: integer('check_version').notNull(),
    checkDigest: text('check_digest').notNull(),
    source: text('source', { enum: ['run', 'attestation', 'import'] }).notNull(),
    outcome: text('outcome', {
      enum: ['pass', 'warn', 'fail', 'not_applicable', 'not_available', 'error'],
    }).notNull(),
    summary: text('summary').notNull(),
    startedAt: at('started_at').notNull(),
    finishedAt: at('finished_at').notNull(),
    scopeExpected: integer('scope_expected').notNull(),
    scopeCovered: integer('scope_covered').notNull(),
    failingTotal: integer('failing_total').notNull(),
    /** Observations that are not a pass, worst first, at most OBSERVATIONS_MAX. */
    problems: jsonb('problems').$type<Record<string, unknown>[]>().notNull(),
    problemsTotal: integer('problems_total').notNull(),
    evidenceId: uuid('evidence_id').notNull(),
    /** Until when the evidence speaks; null: as long as the check's cadence says. */
    effectiveUntil: at('effective_until'),
    /** Runs in a row on one side: since when, and what was before. Computed from the run before, in its transaction. */
    side: text('side', { enum: ['pass', 'fail', 'unknown'] }).notNull(),
    sideSince: at('side_since').notNull(),
    beforeSide: text('before_side', { enum: ['pass', 'fail', 'unknown'] }),
    beforeSince: at('before_since'),
    ...actor(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    foreignKey({
      columns: [t.tenantId, t.runId],
      foreignColumns: [checklistRun.tenantId, checklistRun.id],
    }).onDelete('restrict'),
    foreignKey({
      columns: [t.tenantId, t.evidenceId],
      foreignColumns: [checkEvidence.tenantId, checkEvidence.id],
    }).onDelete('restrict'),
    index('check_run_latest_idx').on(t.tenantId, t.checkKey, t.finishedAt, t.id),
    index('check_run_run_idx').on(t.tenantId, t.runId),
  ],
);

/** Every change of an objective's state, in order; the state itself is always computed. */
export const objectiveState = pgTable(
  'objective_state',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    objectiveKey: text('objective_key').notNull(),
    state: text('state').notNull(),
    before: text('before'),
    reason: text('reason').notNull(),
    /** The run after which it was seen; null: by the passing of time. */
    runId: uuid('run_id'),
    at: at('at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('objective_state_latest_idx').on(t.tenantId, t.objectiveKey, t.at, t.id),
  ],
);

/** A failure that is accepted for a time, by somebody else than who asked. */
export const checkException = pgTable(
  'check_exception',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    checkKey: text('check_key').notNull(),
    resource: text('resource'),
    reason: text('reason').notNull(),
    requestedBy: uuid('requested_by').notNull(),
    requestedAt: at('requested_at').notNull().defaultNow(),
    expiresAt: at('expires_at').notNull(),
    approvedBy: uuid('approved_by'),
    approvedAt: at('approved_at'),
    revokedBy: uuid('revoked_by'),
    revokedAt: at('revoked_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('check_exception_check_idx').on(t.tenantId, t.checkKey, t.expiresAt),
    check('check_exception_second_person', sql`${t.approvedBy} <> ${t.requestedBy}`),
    check('check_exception_reason_check', sql`length(${t.reason}) >= 20`),
  ],
);

/** What the release gate said, with the runs it said it by. Never changed. */
export const releaseVerdict = pgTable(
  'release_verdict',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    release: text('release').notNull(),
    imageDigest: text('image_digest'),
    environment: text('environment').notNull(),
    verdict: text('verdict', { enum: ['pass', 'fail'] }).notNull(),
    items: jsonb('items').$type<Record<string, unknown>[]>().notNull(),
    definitionHash: text('definition_hash').notNull(),
    decidedAt: at('decided_at').notNull().defaultNow(),
    ...actor(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('release_verdict_decided_idx').on(t.tenantId, t.decidedAt, t.id),
  ],
);

/** A failed verdict that a person let pass. Never changed, never taken back. */
export const releaseOverride = pgTable(
  'release_override',
  {
    tenantId: uuid('tenant_id').notNull(),
    verdictId: uuid('verdict_id').notNull(),
    reason: text('reason').notNull(),
    overriddenBy: uuid('overridden_by').notNull(),
    overriddenAt: at('overridden_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.verdictId] }),
    foreignKey({
      columns: [t.tenantId, t.verdictId],
      foreignColumns: [releaseVerdict.tenantId, releaseVerdict.id],
    }).onDelete('restrict'),
    check('release_override_reason_check', sql`length(${t.reason}) >= 20`),
  ],
);
