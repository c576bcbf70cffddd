import { sql } from 'drizzle-orm';
import { bigint, check, index, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** What every gate and the console refuse. Rows stay as history; active: not lifted and not expired. */
export const accessBlock = pgTable(
  'access_block',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    kind: text('kind', {
      enum: ['ip', 'key', 'owner', 'user', 'session', 'user_agent', 'route'],
    }).notNull(),
    /** In its canonical form (lib/access/blocks/canonical-value.ts): what is blocked twice is written the same. */
    value: text('value').notNull(),
    reason: text('reason').notNull(),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull().defaultNow(),
    expiresAt: at('expires_at'),
    liftedAt: at('lifted_at'),
    liftedBy: uuid('lifted_by'),
    revision: bigint('revision', { mode: 'number' }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('access_block_created_idx').on(t.tenantId, t.createdAt, t.id),
    index('access_block_revision_idx').on(t.tenantId, t.revision),
    index('access_block_active_idx').on(t.tenantId, t.kind, t.value).where(sql`${t.liftedAt} is null`),
    check(
      'access_block_kind_check',
      sql`${t.kind} in ('ip', 'key', 'owner', 'user', 'session', 'user_agent', 'route')`,
    ),
    check('access_block_value_check', sql`length(${t.value}) between 1 and 300`),
  ],
);
