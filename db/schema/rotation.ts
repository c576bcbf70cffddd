import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { apiKey, apiKeyVersion } from './api-keys';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** One per tenant that has changed the standard policy. The whole policy is one document with one version. */
export const rotationPolicy = pgTable('rotation_policy', {
  tenantId: uuid('tenant_id').primaryKey(),
  rules: jsonb('rules').$type<Record<string, unknown>>().notNull(),
  version: integer('version').notNull().default(1),
  updatedAt: at('updated_at').notNull().defaultNow(),
});

/** What a key does otherwise than the policy; no row: it follows the policy. */
export const keyRotationSetting = pgTable(
  'key_rotation_setting',
  {
    tenantId: uuid('tenant_id').notNull(),
    keyId: uuid('key_id').notNull(),
    isOff: boolean('is_off').notNull().default(false),
    override: jsonb('override').$type<Record<string, unknown>>().notNull().default(sql`'{}'::jsonb`),
    /** A public JWK: what new secrets are encrypted to. */
    publicKey: jsonb('public_key').$type<Record<string, unknown>>(),
    /** The name of the file in the mounted directory. */
    fileName: text('file_name'),
    version: integer('version').notNull().default(1),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.keyId] }),
    foreignKey({ columns: [t.tenantId, t.keyId], foreignColumns: [apiKey.tenantId, apiKey.id] }).onDelete(
      'restrict',
    ),
  ],
);

/** One rotation that a policy (or a person, ahead of it) began: an intent until its secret is fetched or delivered. */
export const keyRotation = pgTable(
  'key_rotation',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    keyId: uuid('key_id').notNull(),
    /** The owner when it began: the stagger counts by it. */
    ownerUserId: uuid('owner_user_id'),
    cause: text('cause', { enum: ['policy', 'person'] }).notNull(),
    state: text('state', { enum: ['open', 'delivered', 'done', 'cancelled', 'expired'] }).notNull(),
    dueAt: at('due_at').notNull(),
    openedAt: at('opened_at').notNull(),
    delivery: text('delivery', { enum: ['pull', 'jwe', 'file', 'console'] }).notNull(),
    graceSeconds: integer('grace_seconds').notNull(),
    onUnused: text('on_unused', { enum: ['escalate', 'strict'] }).notNull(),
    /** When an unused new secret is escalated, or under `strict` ends the old one. */
    deadlineAt: at('deadline_at').notNull(),
    /** The new secret's version, the latest one where it was fetched several times. */
    versionId: uuid('version_id'),
    fetches: integer('fetches').notNull().default(0),
    deliveredAt: at('delivered_at'),
    escalatedAt: at('escalated_at'),
    firstUsedAt: at('first_used_at'),
    closedAt: at('closed_at'),
    closeReason: text('close_reason'),
    /** The new secret as a JWE to the owner's public key; only its owner can read it. */
    ciphertext: text('ciphertext'),
    /** Why the last delivery failed. */
    problem: text('problem'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    foreignKey({ columns: [t.tenantId, t.keyId], foreignColumns: [apiKey.tenantId, apiKey.id] }).onDelete(
      'restrict',
    ),
    foreignKey({
      columns: [t.tenantId, t.versionId],
      foreignColumns: [apiKeyVersion.tenantId, apiKeyVersion.id],
    }).onDelete('restrict'),
    uniqueIndex('key_rotation_one_open')
      .on(t.tenantId, t.keyId)
      .where(sql`${t.state} in ('open', 'delivered')`),
    index('key_rotation_key_idx').on(t.tenantId, t.keyId, t.openedAt),
    index('key_rotation_owner_idx').on(t.tenantId, t.ownerUserId, t.openedAt),
    check(
      'key_rotation_state_check',
      sql`${t.state} in ('open', 'delivered', 'done', 'cancelled', 'expired')`,
    ),
  ],
);
