import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  foreignKey,
  index,
  inet,
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

/** One per tenant: raised by triggers with every change the gate decides on; rows carry the revision of their last change. */
export const gateRevision = pgTable('gate_revision', {
  tenantId: uuid('tenant_id').primaryKey(),
  revision: bigint('revision', { mode: 'number' }).notNull(),
});

export const apiKey = pgTable(
  'api_key',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    name: text('name').notNull(),
    description: text('description').notNull().default(''),
    tags: text('tags').array().notNull().default(sql`'{}'::text[]`),
    environment: text('environment', { enum: ['live', 'test'] }).notNull(),
    ownerUserId: uuid('owner_user_id'),
    scopes: text('scopes').array().notNull(),
    allowedCidrs: text('allowed_cidrs').array().notNull().default(sql`'{}'::text[]`),
    rateLimits: jsonb('rate_limits')
      .$type<{ limit: number; windowSeconds: number }[]>()
      .notNull()
      .default(sql`'[]'::jsonb`),
    expiresAt: at('expires_at'),
    disabledAt: at('disabled_at'),
    revokedAt: at('revoked_at'),
    revokedReason: text('revoked_reason'),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull().defaultNow(),
    updatedAt: at('updated_at').notNull().defaultNow(),
    /** For If-Match: raised with every change a person makes. */
    version: integer('version').notNull().default(1),
    revision: bigint('revision', { mode: 'number' }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('api_key_created_idx').on(t.tenantId, t.createdAt, t.id),
    index('api_key_revision_idx').on(t.tenantId, t.revision),
    check('api_key_environment_check', sql`${t.environment} in ('live', 'test')`),
  ],
);

export const apiKeyVersion = pgTable(
  'api_key_version',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    keyId: uuid('key_id').notNull(),
    number: integer('number').notNull(),
    /** The random id inside the key string; how the gate finds the row. */
    publicId: text('public_id').notNull(),
    /** Hex HMAC-SHA256 of the whole key under the pepper named by `pepperId`. */
    digest: text('digest').notNull(),
    pepperId: text('pepper_id').notNull(),
    last4: text('last4').notNull(),
    state: text('state', { enum: ['pending', 'current', 'grace', 'retired', 'revoked'] }).notNull(),
    /** The grace this version's predecessor gets once this version is first used. */
    predecessorGraceSeconds: integer('predecessor_grace_seconds').notNull().default(0),
    reason: text('reason'),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull().defaultNow(),
    activatedAt: at('activated_at'),
    graceUntil: at('grace_until'),
    endedAt: at('ended_at'),
    revokedReason: text('revoked_reason'),
    /** The state before the revocation, kept so that an accidental one can be undone. */
    stateBeforeRevoke: text('state_before_revoke'),
    revision: bigint('revision', { mode: 'number' }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    foreignKey({ columns: [t.tenantId, t.keyId], foreignColumns: [apiKey.tenantId, apiKey.id] }).onDelete(
      'restrict',
    ),
    unique('api_key_version_number_key').on(t.tenantId, t.keyId, t.number),
    unique('api_key_version_public_id_key').on(t.tenantId, t.publicId),
    index('api_key_version_public_id_idx').on(t.publicId),
    index('api_key_version_revision_idx').on(t.tenantId, t.revision),
    uniqueIndex('api_key_version_one_pending').on(t.tenantId, t.keyId).where(sql`${t.state} = 'pending'`),
    uniqueIndex('api_key_version_one_current').on(t.tenantId, t.keyId).where(sql`${t.state} = 'current'`),
    uniqueIndex('api_key_version_one_grace').on(t.tenantId, t.keyId).where(sql`${t.state} = 'grace'`),
    check(
      'api_key_version_state_check',
      sql`${t.state} in ('pending', 'current', 'grace', 'retired', 'revoked')`,
    ),
  ],
);

/** Use per version and hour, rolled up from the audit log by the worker; the log stays the truth. */
export const keyUsage = pgTable(
  'key_usage',
  {
    tenantId: uuid('tenant_id').notNull(),
    keyId: uuid('key_id').notNull(),
    versionId: uuid('version_id').notNull(),
    hour: at('hour').notNull(),
    allowed: bigint('allowed', { mode: 'number' }).notNull().default(0),
    refused: bigint('refused', { mode: 'number' }).notNull().default(0),
    lastUsedAt: at('last_used_at'),
    lastUsedIp: inet('last_used_ip'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.keyId, t.versionId, t.hour] }),
    foreignKey({ columns: [t.tenantId, t.keyId], foreignColumns: [apiKey.tenantId, apiKey.id] }).onDelete(
      'restrict',
    ),
  ],
);

export const rollupWatermark = pgTable(
  'rollup_watermark',
  {
    tenantId: uuid('tenant_id').notNull(),
    name: text('name').notNull(),
    until: at('until').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.name] })],
);
