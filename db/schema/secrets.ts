import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Where secrets are kept or were seen: a server, a scanned source, the findings, Bulwark itself. Never a value. */
export const secretBackend = pgTable(
  'secret_backend',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    kind: text('kind', {
      enum: [
        'vault',
        'openbao',
        'aws',
        'compose',
        'docker',
        'kubernetes',
        'process',
        'repository',
        'bulwark',
      ],
    }).notNull(),
    /** Of a server its address; of a scan the source that was named. */
    name: text('name').notNull(),
    product: text('product'),
    /** Since when it has not been read, and why: a code of the closed list and its sentence. */
    problemCode: text('problem_code'),
    problem: text('problem'),
    problemSince: at('problem_since'),
    attemptedAt: at('attempted_at'),
    /** The last time that it was read as a whole. */
    readAt: at('read_at'),
    /** Parts that could not be read then; what lies there is not known to be gone. */
    unreadPaths: text('unread_paths').array().notNull().default(sql`'{}'::text[]`),
    /** Whether the console can read values: the outcome of the last proof, its sentence, and over how many secrets. */
    proof: text('proof', { enum: ['denied', 'readable', 'unknown'] }),
    proofDetail: text('proof_detail'),
    proofPaths: integer('proof_paths').notNull().default(0),
    provedAt: at('proved_at'),
    /** How far its clock is ahead of this machine's. */
    clockSkewMs: integer('clock_skew_ms'),
    /** The HMAC of the login secret that was last used or refused, so that neither is tried again. */
    credentialDigest: text('credential_digest'),
    credentialUsedAt: at('credential_used_at'),
    referenceCount: integer('reference_count').notNull().default(0),
    readBy: text('read_by'),
    createdAt: at('created_at').notNull().defaultNow(),
    removedAt: at('removed_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('secret_backend_key').on(t.tenantId, t.kind, t.name),
    check(
      'secret_backend_kind_check',
      sql`${t.kind} in ('vault', 'openbao', 'aws', 'compose', 'docker', 'kubernetes', 'process', 'repository', 'bulwark')`,
    ),
    check('secret_backend_proof_check', sql`${t.proof} in ('denied', 'readable', 'unknown')`),
  ],
);

/** One secret by what is known about it. There is no column for a value. */
export const secret = pgTable(
  'secret',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    backendId: uuid('backend_id').notNull(),
    /** What identifies it in its backend. */
    path: text('path').notNull(),
    name: text('name').notNull(),
    kind: text('kind', {
      enum: ['value', 'database_login', 'database_dynamic', 'variable', 'file', 'leak', 'own'],
    }).notNull(),
    exposure: text('exposure', { enum: ['backend', 'file', 'plain', 'repository'] }).notNull(),
    model: text('model', { enum: ['single', 'dual', 'static_role', 'dynamic'] }).notNull(),
    ownerUserId: uuid('owner_user_id'),
    /** As the backend names the owner. */
    ownerLabel: text('owner_label'),
    tags: text('tags').array().notNull().default(sql`'{}'::text[]`),
    note: text('note'),
    intervalDays: integer('interval_days').notNull(),
    intervalFrom: text('interval_from', { enum: ['standard', 'tag', 'backend', 'person'] }).notNull(),
    versionLabel: text('version_label'),
    versionCount: integer('version_count'),
    /** The creation of the current version, never an edit; null: not known. */
    rotatedAt: at('rotated_at'),
    rotatedFrom: text('rotated_from', { enum: ['backend', 'observed', 'person', 'rotation'] }),
    usedAt: at('used_at'),
    /** Whether its backend notes uses at all. */
    isUseKnown: boolean('is_use_known').notNull().default(false),
    /** Set when the current version was first seen; later changes may bring it forward, never back. */
    dueAt: at('due_at'),
    firstSeenAt: at('first_seen_at').notNull(),
    lastSeenAt: at('last_seen_at').notNull(),
    missingAt: at('missing_at'),
    deletedAt: at('deleted_at'),
    recoverableUntil: at('recoverable_until'),
    isDestroyed: boolean('is_destroyed').notNull().default(false),
    stuckSince: at('stuck_since'),
    stuckReason: text('stuck_reason'),
    /** HMAC of the value under a key of the tenant, made where the value lies. */
    fingerprint: text('fingerprint'),
    lengthClass: text('length_class'),
    why: text('why'),
    line: integer('line'),
    findingId: uuid('finding_id'),
    /** Of its last rotation, as long as that is under way or has failed. */
    rotationState: text('rotation_state', { enum: ['open', 'failed'] }),
    version: integer('version').notNull().default(1),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('secret_key').on(t.tenantId, t.backendId, t.path),
    index('secret_due_idx').on(t.tenantId, t.dueAt),
    index('secret_fingerprint_idx').on(t.tenantId, t.fingerprint).where(sql`${t.fingerprint} is not null`),
    foreignKey({
      name: 'secret_backend_fk',
      columns: [t.tenantId, t.backendId],
      foreignColumns: [secretBackend.tenantId, secretBackend.id],
    }),
    check(
      'secret_kind_check',
      sql`${t.kind} in ('value', 'database_login', 'database_dynamic', 'variable', 'file', 'leak', 'own')`,
    ),
    check('secret_exposure_check', sql`${t.exposure} in ('backend', 'file', 'plain', 'repository')`),
    check('secret_model_check', sql`${t.model} in ('single', 'dual', 'static_role', 'dynamic')`),
    check('secret_interval_check', sql`${t.intervalDays} between 1 and 3650`),
    check('secret_fingerprint_check', sql`${t.fingerprint} ~ '^[0-9a-f]{64}$'`),
    check('secret_rotation_state_check', sql`${t.rotationState} in ('open', 'failed')`),
  ],
);

/** A workload that reads a secret. */
export const secretConsumer = pgTable(
  'secret_consumer',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    secretId: uuid('secret_id').notNull(),
    name: text('name').notNull(),
    /** Who told of it. */
    source: text('source', { enum: ['scan', 'backend', 'person', 'seen'] }).notNull(),
    /** The API key with which it reports what it uses. */
    keyId: uuid('key_id'),
    seenVersion: text('seen_version'),
    seenAt: at('seen_at'),
    createdAt: at('created_at').notNull().defaultNow(),
    removedAt: at('removed_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    uniqueIndex('secret_consumer_name_key')
      .on(t.tenantId, t.secretId, t.name)
      .where(sql`${t.removedAt} is null`),
    index('secret_consumer_key_idx').on(t.tenantId, t.keyId).where(sql`${t.keyId} is not null`),
    foreignKey({
      name: 'secret_consumer_secret_fk',
      columns: [t.tenantId, t.secretId],
      foreignColumns: [secret.tenantId, secret.id],
    }),
    check('secret_consumer_source_check', sql`${t.source} in ('scan', 'backend', 'person', 'seen')`),
  ],
);

/** The key under which secrets of a tenant are told apart, encrypted under ENCRYPTION_KEY; it never changes. */
export const secretSetting = pgTable('secret_setting', {
  tenantId: uuid('tenant_id').primaryKey(),
  fingerprintKey: text('fingerprint_key').notNull(),
  createdAt: at('created_at').notNull().defaultNow(),
});

/** Which version of Bulwark's own secrets a running process has loaded, by what it reports of itself. Never a value. */
export const processSecret = pgTable(
  'process_secret',
  {
    tenantId: uuid('tenant_id').notNull(),
    process: text('process').notNull(),
    instance: text('instance').notNull(),
    setting: text('setting').notNull(),
    versionLabel: text('version_label').notNull(),
    source: text('source', { enum: ['file', 'environment'] }).notNull(),
    path: text('path'),
    isReadableByOthers: boolean('is_readable_by_others').notNull().default(false),
    loadedAt: at('loaded_at').notNull(),
    seenAt: at('seen_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.process, t.instance, t.setting] }),
    check('process_secret_source_check', sql`${t.source} in ('file', 'environment')`),
  ],
);
