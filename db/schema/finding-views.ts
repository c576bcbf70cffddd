import { sql } from 'drizzle-orm';
import {
  boolean,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** A question to the list of findings, kept under a name: for its owner alone, or for everybody in the tenant. */
export const findingView = pgTable(
  'finding_view',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    ownerUserId: uuid('owner_user_id').notNull(),
    name: text('name').notNull(),
    /** As the filter bar has it: `severity:critical -asset:demo`. */
    filter: text('filter').notNull().default(''),
    /** Null is the list's own order. */
    sort: text('sort'),
    /** Null where rows are not put together. */
    groupedBy: text('grouped_by'),
    isShared: boolean('is_shared').notNull().default(false),
    createdAt: at('created_at').notNull().defaultNow(),
    deletedAt: at('deleted_at'),
    version: integer('version').notNull().default(1),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    uniqueIndex('finding_view_shared_key')
      .on(t.tenantId, t.name)
      .where(sql`${t.isShared} and ${t.deletedAt} is null`),
    uniqueIndex('finding_view_own_key')
      .on(t.tenantId, t.ownerUserId, t.name)
      .where(sql`not ${t.isShared} and ${t.deletedAt} is null`),
  ],
);
