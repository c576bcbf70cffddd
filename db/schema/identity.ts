import { sql } from 'drizzle-orm';
import {
  check,
  index,
  inet,
  integer,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

/** People and tenants: what exists across tenants. RLS: own rows, the current tenant's, or a named system scope. */
export const identitySchema = pgSchema('identity');

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const tenant = identitySchema.table(
  'tenant',
  {
    id: uuid('id').primaryKey(),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    /** IANA name: in which zone schedules and windows are meant. */
    timeZone: text('time_zone').notNull().default('UTC'),
    version: integer('version').notNull().default(1),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [unique('tenant_slug_key').on(t.slug)],
);

export const userAccount = identitySchema.table('user_account', {
  id: uuid('id').primaryKey(),
  displayName: text('display_name').notNull(),
  email: text('email'),
  disabledAt: at('disabled_at'),
  createdAt: at('created_at').notNull().defaultNow(),
  lastSignInAt: at('last_sign_in_at'),
});

/** A person is (issuer, subject), never an e-mail (ASVS 6.8.1); e-mail and handle only match invitations. */
export const userIdentity = identitySchema.table(
  'user_identity',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => userAccount.id, { onDelete: 'restrict' }),
    provider: text('provider').notNull(),
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    handle: text('handle'),
    email: text('email'),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [
    unique('user_identity_issuer_subject_key').on(t.issuer, t.subject),
    index('user_identity_user_idx').on(t.userId),
  ],
);

export const session = identitySchema.table(
  'session',
  {
    id: uuid('id').primaryKey(),
    tokenDigest: text('token_digest').notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => userAccount.id, { onDelete: 'restrict' }),
    tenantId: uuid('tenant_id').references(() => tenant.id, { onDelete: 'restrict' }),
    provider: text('provider').notNull(),
    ip: inet('ip'),
    userAgent: text('user_agent'),
    createdAt: at('created_at').notNull().defaultNow(),
    lastSeenAt: at('last_seen_at').notNull().defaultNow(),
    expiresAt: at('expires_at').notNull(),
    revokedAt: at('revoked_at'),
    revokedReason: text('revoked_reason'),
  },
  (t) => [
    unique('session_token_digest_key').on(t.tokenDigest),
    index('session_user_idx').on(t.userId, t.createdAt),
  ],
);

export const membership = identitySchema.table(
  'membership',
  {
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenant.id, { onDelete: 'restrict' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => userAccount.id, { onDelete: 'restrict' }),
    role: text('role', { enum: ['operator', 'analyst', 'auditor'] }).notNull(),
    disabledAt: at('disabled_at'),
    version: integer('version').notNull().default(1),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.userId] }),
    index('membership_user_idx').on(t.userId),
    check('membership_role_check', sql`${t.role} in ('operator', 'analyst', 'auditor')`),
  ],
);

export const invitation = identitySchema.table(
  'invitation',
  {
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenant.id, { onDelete: 'restrict' }),
    id: uuid('id').notNull(),
    provider: text('provider').notNull(),
    matcher: text('matcher', { enum: ['email', 'handle'] }).notNull(),
    value: text('value').notNull(),
    role: text('role', { enum: ['operator', 'analyst', 'auditor'] }).notNull(),
    invitedBy: uuid('invited_by'),
    createdAt: at('created_at').notNull().defaultNow(),
    expiresAt: at('expires_at').notNull(),
    acceptedAt: at('accepted_at'),
    acceptedBy: uuid('accepted_by'),
    revokedAt: at('revoked_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('invitation_match_idx').on(t.provider, t.matcher, t.value),
    check('invitation_role_check', sql`${t.role} in ('operator', 'analyst', 'auditor')`),
    check('invitation_matcher_check', sql`${t.matcher} in ('email', 'handle')`),
  ],
);
