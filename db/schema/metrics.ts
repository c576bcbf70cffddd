import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  date,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

/** What the record gained in a month, by metric; `dimension` and `value` are empty for all of it. */
export const metricCount = pgTable(
  'metric_count',
  {
    tenantId: uuid('tenant_id').notNull(),
    month: date('month').notNull(),
    metric: text('metric').notNull(),
    dimension: text('dimension').notNull(),
    value: text('value').notNull(),
    count: bigint('count', { mode: 'number' }).notNull(),
  },
  (t) => [
    primaryKey({ name: 'metric_count_pk', columns: [t.tenantId, t.month, t.metric, t.dimension, t.value] }),
  ],
);

/** How many episodes of findings have the same days and ending; days in the tenant's time zone, open ones end at infinity. */
export const metricEpisode = pgTable(
  'metric_episode',
  {
    tenantId: uuid('tenant_id').notNull(),
    severity: text('severity').notNull(),
    openedOn: date('opened_on').notNull(),
    endedOn: date('ended_on').notNull(),
    ending: text('ending').notNull(),
    isReopened: boolean('is_reopened').notNull(),
    /** Fixed before it was due. */
    inTime: boolean('in_time').notNull(),
    count: integer('count').notNull(),
  },
  (t) => [
    primaryKey({
      name: 'metric_episode_pk',
      columns: [t.tenantId, t.severity, t.openedOn, t.endedOn, t.ending, t.isReopened, t.inTime],
    }),
    check('metric_episode_ending_check', sql`${t.ending} in ('open', 'fixed', 'dismissed')`),
  ],
);

/** One number of one month as the screen shows it. */
export const metricValue = pgTable(
  'metric_value',
  {
    tenantId: uuid('tenant_id').notNull(),
    month: date('month').notNull(),
    metric: text('metric').notNull(),
    series: text('series').notNull(),
    /** Null where there was nothing to measure. */
    value: doublePrecision('value'),
    n: integer('n'),
    censored: integer('censored'),
    /** A name that belongs to the number, such as the route most refused. */
    label: text('label'),
    computedAt: timestamp('computed_at', { withTimezone: true, mode: 'date' }).notNull().defaultNow(),
    /** The number as it stood when the month was over, where late data has changed it since. */
    was: doublePrecision('was'),
    restatedAt: timestamp('restated_at', { withTimezone: true, mode: 'date' }),
  },
  (t) => [primaryKey({ name: 'metric_value_pk', columns: [t.tenantId, t.month, t.metric, t.series] })],
);

/** How far the events of findings are counted: all of transactions before `events_before`, then a pass up to `pass_until`. */
export const metricProgress = pgTable('metric_progress', {
  tenantId: uuid('tenant_id').primaryKey(),
  timeZone: text('time_zone').notNull(),
  definitions: text('definitions').notNull(),
  eventsBefore: bigint('events_before', { mode: 'number' }).notNull().default(0),
  passUntil: bigint('pass_until', { mode: 'number' }),
  /** The last finding of the pass under way that is counted. */
  passAfter: uuid('pass_after'),
  /** The earliest month whose values must be computed again. */
  dirtyFrom: date('dirty_from'),
  computedAt: timestamp('computed_at', { withTimezone: true, mode: 'date' }),
});

/**
 * What a snapshot counted, one row for as many months as it was counted alike: the rows behind a number that only now can
 * tell. Grows with what changes, not with the months.
 */
export const metricSnapshotRow = pgTable(
  'metric_snapshot_row',
  {
    tenantId: uuid('tenant_id').notNull(),
    metric: text('metric').notNull(),
    /** The finding or the key. */
    subjectId: uuid('subject_id').notNull(),
    /** The first and the last month at whose end it stood so; the month that runs ends at infinity. */
    since: date('since').notNull(),
    until: date('until').notNull().default('infinity'),
    /** Of a key: the version that was current. */
    versionId: uuid('version_id'),
    /** Since when the version was current, or the finding open. */
    at: timestamp('at', { withTimezone: true, mode: 'date' }).notNull(),
    /** As what it counted beside: `overdue`; `rotated`, `unused`. */
    marks: text('marks').array().notNull(),
  },
  (t) => [
    primaryKey({ name: 'metric_snapshot_row_pk', columns: [t.tenantId, t.metric, t.subjectId, t.since] }),
    index('metric_snapshot_row_until_idx').on(t.tenantId, t.metric, t.until, t.subjectId),
    check('metric_snapshot_row_metric_check', sql`${t.metric} in ('exploited', 'keys')`),
  ],
);
