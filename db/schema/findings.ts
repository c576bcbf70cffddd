import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** What is scanned: a repository, an image, a cluster. Named by who uploads. */
export const asset = pgTable(
  'asset',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    name: text('name').notNull(),
    ownerUserId: uuid('owner_user_id'),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), unique('asset_name_key').on(t.tenantId, t.name)],
);

/** What a tenant decided about findings, and the sealed key under which secrets are told apart. */
export const findingSetting = pgTable('finding_setting', {
  tenantId: uuid('tenant_id').primaryKey(),
  fingerprintKey: text('fingerprint_key').notNull(),
  /** Days until a finding is due: critical, high, medium, low. */
  slaDays: integer('sla_days').array().notNull().default(sql`'{7,30,90,120}'::integer[]`),
  graceDays: integer('grace_days').notNull().default(7),
  /** Complete runs in a row without a finding before it counts as fixed. */
  confirmAbsent: smallint('confirm_absent').notNull().default(1),
  version: integer('version').notNull().default(1),
});

/** Runs that can be compared: what one tool says about one asset's branch. The baseline is the last run that counted. */
export const scanStream = pgTable(
  'scan_stream',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    assetId: uuid('asset_id').notNull(),
    tool: text('tool').notNull(),
    category: text('category').notNull(),
    branch: text('branch').notNull(),
    toolVersion: text('tool_version'),
    options: text('options'),
    targets: text('targets').array().notNull().default(sql`'{}'::text[]`),
    /** The run whose absences count, and when; null before the first complete one. */
    lastScanId: uuid('last_scan_id'),
    lastCompleteAt: at('last_complete_at'),
    /** How the last run of any kind ended: with `held` or `failed` nothing said here is verified. */
    lastStatus: text('last_status'),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('scan_stream_key').on(t.tenantId, t.assetId, t.tool, t.category, t.branch),
    foreignKey({
      name: 'scan_stream_asset_fk',
      columns: [t.tenantId, t.assetId],
      foreignColumns: [asset.tenantId, asset.id],
    }),
  ],
);

export const scan = pgTable(
  'scan',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    assetId: uuid('asset_id').notNull(),
    streamId: uuid('stream_id'),
    /** As the uploader named them; null and empty until the report says. */
    tool: text('tool'),
    category: text('category').notNull().default(''),
    branch: text('branch').notNull(),
    isComplete: boolean('is_complete').notNull().default(true),
    options: text('options'),
    status: text('status').notNull(),
    /** Why it failed, is held or was rejected: whole sentences. */
    reasons: text('reasons').array().notNull().default(sql`'{}'::text[]`),
    toolName: text('tool_name'),
    toolVersion: text('tool_version'),
    targets: text('targets').array().notNull().default(sql`'{}'::text[]`),
    /** Digests of the image that was scanned, such as `sha256:9f86…`: of its manifest and its configuration. */
    images: text('images').array().notNull().default(sql`'{}'::text[]`),
    fileName: text('file_name'),
    fileBytes: bigint('file_bytes', { mode: 'number' }).notNull(),
    fileSha256: text('file_sha256').notNull(),
    uploadedBy: text('uploaded_by').notNull(),
    createdAt: at('created_at').notNull(),
    startedAt: at('started_at'),
    finishedAt: at('finished_at'),
    /** Findings read so far, while it runs. */
    progress: integer('progress').notNull().default(0),
    found: integer('found'),
    newCount: integer('new_count'),
    reopenedCount: integer('reopened_count'),
    changedCount: integer('changed_count'),
    unchangedCount: integer('unchanged_count'),
    fixedCount: integer('fixed_count'),
    /** Absent in a held run: what confirming it would close. */
    heldCount: integer('held_count'),
    /** Of those found: critical, high, medium, low, info. */
    severityCounts: integer('severity_counts').array(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('scan_newest_idx').on(t.tenantId, t.createdAt, t.id),
    index('scan_stream_idx').on(t.tenantId, t.streamId, t.createdAt),
    index('scan_images_idx').using('gin', t.images).where(sql`${t.images} <> '{}'::text[]`),
    index('scan_queue_idx').on(t.tenantId, t.createdAt).where(sql`${t.status} in ('queued', 'running')`),
    foreignKey({
      name: 'scan_asset_fk',
      columns: [t.tenantId, t.assetId],
      foreignColumns: [asset.tenantId, asset.id],
    }),
    check(
      'scan_status_check',
      sql`${t.status} in ('queued', 'running', 'done', 'held', 'confirmed', 'rejected', 'failed')`,
    ),
  ],
);

/**
 * One problem of one asset as one tool sees it (findings.md 2.1). `status` is derived from the two axes by the
 * database. Bulk writes and the generated columns are in hand-written SQL (drizzle/, lib/assurance/findings/import/merge-rows.ts).
 */
export const finding = pgTable(
  'finding',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    assetId: uuid('asset_id').notNull(),
    tool: text('tool').notNull(),
    kind: text('kind').notNull(),
    /** SHA-256 of what identifies it, in hexadecimal; members of one group share it. */
    key: text('key').notNull(),
    member: integer('member').notNull(),
    keyVersion: smallint('key_version').notNull(),
    ruleId: text('rule_id').notNull(),
    aliases: text('aliases').array().notNull(),
    severity: text('severity').notNull(),
    severityRank: smallint('severity_rank').notNull(),
    title: text('title').notNull(),
    package: text('package'),
    path: text('path'),
    /** What is only shown: description, versions, references, score, weaknesses. */
    details: jsonb('details').$type<Record<string, unknown>>().notNull(),
    isKev: boolean('is_kev').notNull().default(false),
    detection: text('detection').notNull(),
    decision: text('decision').notNull().default('none'),
    decisionUntil: at('decision_until'),
    decisionReason: text('decision_reason'),
    decisionJustification: text('decision_justification'),
    decisionSource: text('decision_source'),
    decidedBy: text('decided_by'),
    decidedAt: at('decided_at'),
    status: text('status').notNull(),
    ownerUserId: uuid('owner_user_id'),
    firstSeenAt: at('first_seen_at').notNull(),
    openedAt: at('opened_at').notNull(),
    dueAt: at('due_at'),
    fixedAt: at('fixed_at'),
    fixedByScanId: uuid('fixed_by_scan_id'),
    episode: integer('episode').notNull().default(1),
    /** Number of the last row of finding_event. */
    events: integer('events').notNull().default(1),
    version: integer('version').notNull().default(1),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('finding_key').on(t.tenantId, t.assetId, t.key, t.member),
    index('finding_severity_idx').on(t.tenantId, t.status, t.severityRank, t.openedAt, t.id),
    index('finding_due_idx').on(t.tenantId, t.status, t.dueAt, t.id),
    index('finding_opened_idx').on(t.tenantId, t.status, t.openedAt, t.id),
    index('finding_asset_idx').on(t.tenantId, t.assetId, t.status, t.severityRank, t.openedAt, t.id),
    index('finding_package_idx').on(t.tenantId, t.package, t.severityRank),
    index('finding_rule_idx').on(t.tenantId, t.ruleId, t.severityRank),
    index('finding_exploited_idx').on(t.tenantId, t.dueAt).where(sql`${t.isKev} and ${t.status} = 'open'`),
    foreignKey({
      name: 'finding_asset_fk',
      columns: [t.tenantId, t.assetId],
      foreignColumns: [asset.tenantId, asset.id],
    }),
  ],
);

/**
 * One stream's view of a finding with the places it names. A live row was seen in the stream's last complete run unless
 * it says otherwise, so that an identical run writes none of them (docs/decisions/0020).
 */
export const sighting = pgTable(
  'sighting',
  {
    tenantId: uuid('tenant_id').notNull(),
    streamId: uuid('stream_id').notNull(),
    findingId: uuid('finding_id').notNull(),
    /** Of what the report said of it; the same digest means that nothing changed. */
    digest: text('digest').notNull(),
    line: integer('line'),
    /** How the stream rates it: 0 critical to 4 info, 5 not rated; null in rows of earlier versions. */
    rating: smallint('rating'),
    occurrences: jsonb('occurrences').$type<Record<string, unknown>[]>().notNull(),
    firstSeenAt: at('first_seen_at').notNull(),
    /** Only once it is missed or gone; until then the stream's last complete run. */
    lastSeenAt: at('last_seen_at'),
    missedRuns: smallint('missed_runs').notNull().default(0),
    missedAt: at('missed_at'),
    missedScanId: uuid('missed_scan_id'),
    /** The held run that lacks it. */
    heldScanId: uuid('held_scan_id'),
    goneAt: at('gone_at'),
  },
  (t) => [
    check('sighting_rating_check', sql`${t.rating} between 0 and 5`),
    primaryKey({ columns: [t.tenantId, t.streamId, t.findingId] }),
    index('sighting_finding_idx').on(t.tenantId, t.findingId),
    foreignKey({
      name: 'sighting_stream_fk',
      columns: [t.tenantId, t.streamId],
      foreignColumns: [scanStream.tenantId, scanStream.id],
    }),
    foreignKey({
      name: 'sighting_finding_fk',
      columns: [t.tenantId, t.findingId],
      foreignColumns: [finding.tenantId, finding.id],
    }),
  ],
);

/** The life of a finding, append-only: replaying `changes` in the order of `number` gives its state. */
export const findingEvent = pgTable(
  'finding_event',
  {
    tenantId: uuid('tenant_id').notNull(),
    findingId: uuid('finding_id').notNull(),
    number: integer('number').notNull(),
    at: at('at').notNull(),
    type: text('type').notNull(),
    actorType: text('actor_type').notNull(),
    actorId: uuid('actor_id'),
    actorLabel: text('actor_label').notNull(),
    scanId: uuid('scan_id'),
    /** Field to its new value. */
    changes: jsonb('changes').$type<Record<string, unknown>>().notNull(),
    reason: text('reason'),
    /** The transaction that wrote it, so that what counts events reads each of them once (drizzle/0013). */
    recordedXid: bigint('recorded_xid', { mode: 'number' })
      .notNull()
      .default(sql`(pg_current_xact_id()::text::bigint)`),
  },
  (t) => [
    index('finding_event_xid_idx').using('brin', t.recordedXid),
    index('finding_event_at_idx').using('brin', t.at),
    primaryKey({ columns: [t.tenantId, t.findingId, t.number] }),
    foreignKey({
      name: 'finding_event_finding_fk',
      columns: [t.tenantId, t.findingId],
      foreignColumns: [finding.tenantId, finding.id],
    }),
  ],
);

/** An asked-for exception: somebody else than who asks must approve it, and it always ends. */
export const acceptance = pgTable(
  'acceptance',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    findingId: uuid('finding_id').notNull(),
    state: text('state').notNull(),
    reason: text('reason').notNull(),
    until: at('until').notNull(),
    requestedBy: text('requested_by').notNull(),
    requestedLabel: text('requested_label').notNull(),
    requestedAt: at('requested_at').notNull(),
    decidedBy: text('decided_by'),
    decidedLabel: text('decided_label'),
    decidedAt: at('decided_at'),
    comment: text('comment'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('acceptance_finding_idx').on(t.tenantId, t.findingId),
    foreignKey({
      name: 'acceptance_finding_fk',
      columns: [t.tenantId, t.findingId],
      foreignColumns: [finding.tenantId, finding.id],
    }),
    check('acceptance_state_check', sql`${t.state} in ('requested', 'approved', 'refused', 'ended')`),
    check('acceptance_four_eyes_check', sql`${t.state} <> 'approved' or ${t.decidedBy} <> ${t.requestedBy}`),
  ],
);

/** The catalogue of vulnerabilities known to be exploited, as `bulwark findings refresh-kev` read it last. */
export const kevEntry = pgTable(
  'kev_entry',
  {
    tenantId: uuid('tenant_id').notNull(),
    cveId: text('cve_id').notNull(),
    addedOn: date('added_on'),
    dueOn: date('due_on'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.cveId] })],
);
