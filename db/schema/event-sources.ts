import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Who may send events without a header: by a token in the URL, and only from where it says. */
export const eventSource = pgTable(
  'event_source',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    name: text('name').notNull(),
    allowedCidrs: text('allowed_cidrs').array().notNull().default(sql`'{}'::text[]`),
    /** The subject of the client certificate that a trusted proxy verified. */
    clientSubject: text('client_subject'),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull().defaultNow(),
    revokedAt: at('revoked_at'),
    revokedBy: uuid('revoked_by'),
    revokedReason: text('revoked_reason'),
    version: integer('version').notNull().default(1),
    revision: bigint('revision', { mode: 'number' }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    check(
      'event_source_bound_check',
      sql`cardinality(${t.allowedCidrs}) > 0 or ${t.clientSubject} is not null`,
    ),
  ],
);

/** Tokens of a source; several, so that a new one works before the old one is revoked. */
export const eventSourceToken = pgTable(
  'event_source_token',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    sourceId: uuid('source_id').notNull(),
    publicId: text('public_id').notNull(),
    digest: text('digest').notNull(),
    pepperId: text('pepper_id').notNull(),
    last4: text('last4').notNull(),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull().defaultNow(),
    revokedAt: at('revoked_at'),
    revision: bigint('revision', { mode: 'number' }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    unique('event_source_token_public_id_key').on(t.tenantId, t.publicId),
    foreignKey({
      name: 'event_source_token_source_fk',
      columns: [t.tenantId, t.sourceId],
      foreignColumns: [eventSource.tenantId, eventSource.id],
    }).onDelete('restrict'),
    index('event_source_token_public_id_idx').on(t.publicId),
    index('event_source_token_source_idx').on(t.tenantId, t.sourceId),
  ],
);
