import { integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** The answer to a write that named an Idempotency-Key, kept without any secret it held. */
export const idempotencyRecord = pgTable(
  'idempotency_record',
  {
    tenantId: uuid('tenant_id').notNull(),
    /** Who wrote: `user:<id>` or `key:<id>`; two callers may use the same key. */
    caller: text('caller').notNull(),
    key: text('key').notNull(),
    /** `POST /api/v1/keys` and a SHA-256 of the parsed input: the same key with another request is a conflict. */
    route: text('route').notNull(),
    inputDigest: text('input_digest').notNull(),
    status: integer('status').notNull(),
    body: jsonb('body').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true, mode: 'date' }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.caller, t.key] })],
);
