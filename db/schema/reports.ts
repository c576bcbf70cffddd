import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ReportContent } from '@/lib/insight/reports/contract';

/** When a tenant's weekly report is made, and what stands in it; times are the tenant's own. */
export const reportSetting = pgTable(
  'report_setting',
  {
    tenantId: uuid('tenant_id').primaryKey(),
    isEnabled: boolean('is_enabled').notNull().default(true),
    /** 1 is Monday. */
    weekday: smallint('weekday').notNull().default(1),
    sendAt: text('send_at').notNull().default('08:00'),
    sections: text('sections').array().notNull(),
    version: integer('version').notNull().default(1),
  },
  (t) => [check('report_setting_weekday_check', sql`${t.weekday} between 1 and 7`)],
);

/** A report as it was made and sent. Never changed. */
export const weeklyReport = pgTable(
  'weekly_report',
  {
    tenantId: uuid('tenant_id').notNull(),
    id: uuid('id').notNull(),
    kind: text('kind', { enum: ['scheduled', 'on_demand'] }).notNull(),
    /** The first and the last day that it covers, of the tenant's calendar. */
    fromOn: date('from_on').notNull(),
    toOn: date('to_on').notNull(),
    headline: text('headline').notNull(),
    tone: text('tone').notNull(),
    content: jsonb('content').$type<ReportContent>().notNull(),
    madeBy: text('made_by').notNull(),
    madeAt: timestamp('made_at', { withTimezone: true, mode: 'date' }).notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('weekly_report_newest_idx').on(t.tenantId, t.madeAt, t.id),
    uniqueIndex('weekly_report_scheduled_key').on(t.tenantId, t.fromOn).where(sql`${t.kind} = 'scheduled'`),
    check('weekly_report_kind_check', sql`${t.kind} in ('scheduled', 'on_demand')`),
  ],
);
