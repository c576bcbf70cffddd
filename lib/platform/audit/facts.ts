import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { type Fact, sqlFact } from '@/lib/platform/facts/fact';
import { auditFilterInput } from './contract';
import { EVENT_KINDS, type EventFilter, type EventRange, eventsHref } from './event-kinds-contract';
import { eventIs, isReal, PLACE, planOf } from './filters';
import type { RecordWindow } from './record-windows';

export { PLACE };

/** A count that stopped at `EVENTS_COUNTED_MAX`: at least so many. */
export interface EventCount {
  count: number;
  isCapped: boolean;
  href: string;
}
export const EVENTS_COUNTED_MAX = 10_000;

/** The condition of a filter on the columns of the events that `eventsOf` and `eventsRecordedIn` give. */
export const isEvent = (filter: EventFilter): SQL => eventIs(auditFilterInput.parse(filter));

/**
 * FROM item: the tenant's events within bounds on `at` or `recorded_at`, without what Bulwark sent itself. It has the columns of
 * `audit_event` and must be given a name.
 */
export function eventsOf(tenantId: string, within: SQL): SQL {
  return sql`(select * from public.audit_event where tenant_id = ${tenantId}::uuid and ${within} and ${isReal(sql`action`)})`;
}

/** The same, recorded within a window of `readRecordOnce`. `at`, which leads the index, is moments away from `recorded_at`. */
export function eventsRecordedIn(tenantId: string, { from, to }: RecordWindow): SQL {
  return eventsOf(
    tenantId,
    sql`at >= ${from}::timestamptz - interval '2 minutes' and at < ${to}::timestamptz + interval '2 minutes'
      and recorded_at >= ${from}::timestamptz and recorded_at < ${to}::timestamptz`,
  );
}

/** FROM item: the tenant's events in a span of moments, `from` inclusive and `to` exclusive. */
export function eventsBetween(tenantId: string, from: string, to: string): SQL {
  return eventsOf(tenantId, sql`at >= ${from}::timestamptz and at < ${to}::timestamptz`);
}

/** How many events a filter holds for in a span of absolute times, and where they are listed. */
export async function countEvents(
  tx: ReadTx,
  tenantId: string,
  filter: EventFilter,
  range: Required<EventRange>,
): Promise<EventCount> {
  const plan = planOf({ tenantId }, auditFilterInput.parse({ ...filter, ...range }), Date.now());
  const [from, to] = [new Date(plan.fromMs).toISOString(), new Date(plan.toMs).toISOString()];
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(*)::integer as count from (
      select 1 from ${eventsBetween(tenantId, from, to)} e where ${isEvent(filter)} limit ${EVENTS_COUNTED_MAX + 1}::integer) counted`);
  const count = row?.count ?? 0;
  return {
    count: Math.min(count, EVENTS_COUNTED_MAX),
    isCapped: count > EVENTS_COUNTED_MAX,
    href: eventsHref(filter, range),
  };
}

/** How many events each of some filters holds for in a span, exactly, in one pass; `total` of all events. */
export async function countEventKinds(
  tx: ReadTx,
  tenantId: string,
  filters: Readonly<Record<string, EventFilter>>,
  { from, to }: Required<EventRange>,
): Promise<{ total: number; counts: Record<string, number> }> {
  const parts = Object.entries(filters).map(
    ([name, filter]) => sql`${name}::text, count(*) filter (where ${isEvent(filter)})`,
  );
  const [row] = await tx.execute<{ total: number; counts: Record<string, number> }>(sql`
    select count(*)::float8 as total, json_build_object(${sql.join(parts, sql`, `)}) as counts
    from ${eventsBetween(tenantId, from, to)} e`);
  return row ?? { total: 0, counts: {} };
}

/** The events of a filter in a span by what happened, the frequent ones first, with how many different actors did it. */
export async function countByAction(
  tx: ReadTx,
  tenantId: string,
  filter: EventFilter,
  { from, to }: Required<EventRange>,
): Promise<{ action: string; count: number; actors: number }[]> {
  const rows = await tx.execute<{ action: string; count: number; actors: number }>(sql`
    select action, count(*)::int as count, count(distinct coalesce(actor_id::text, actor_label))::int as actors
    from ${eventsBetween(tenantId, from, to)} e where ${isEvent(filter)} group by action order by count desc, action`);
  return [...rows];
}

/** When the newest event of a filter in a span was, ISO 8601; null: there is none. */
export async function lastEventOf(
  tx: ReadTx,
  tenantId: string,
  filter: EventFilter,
  { from, to }: Required<EventRange>,
): Promise<string | null> {
  const [row] = await tx.execute<{ at: string }>(sql`
    select to_json(at) #>> '{}' as at from ${eventsBetween(tenantId, from, to)} e where ${isEvent(filter)}
    order by at desc, id desc limit 1`);
  return row ? new Date(row.at).toISOString() : null;
}

/** When the first event of the tenant was, ISO 8601; null: there is none. */
export async function firstEventAt(tx: ReadTx, tenantId: string): Promise<string | null> {
  const [row] = await tx.execute<{ at: string }>(
    sql`select to_json(at) #>> '{}' as at from public.audit_event where tenant_id = ${tenantId}::uuid order by at limit 1`,
  );
  return row ? new Date(row.at).toISOString() : null;
}

/** When the newest event of the last 31 days was, ISO 8601; null: there is none. */
export async function lastEventAt(tx: ReadTx, tenantId: string): Promise<string | null> {
  const [row] = await tx.execute<{ at: string | null }>(sql`
    select to_json(max(at)) #>> '{}' as at from public.audit_event
    where tenant_id = ${tenantId}::uuid and at > now() - interval '31 days'`);
  return row?.at ? new Date(row.at).toISOString() : null;
}

/** What the partitions of the audit log say of themselves; whoever may not read them sees it too. */
export interface AuditMonths extends Record<string, unknown> {
  /** The partition of the coming month exists. */
  isNextMonthReady: boolean;
  /** Events lie in the default partition: their time is of no month that was made. */
  hasRowsOutside: boolean;
}

/** As text: "bulwark doctor" asks without a tenant. */
export const MONTHS = `select
  to_regclass('public.audit_event_' || to_char((now() + interval '1 month') at time zone 'UTC', 'YYYY_MM')) is not null
    as "isNextMonthReady",
  pg_relation_size('public.audit_event_default') > 0 as "hasRowsOutside"`;

export async function readAuditMonths(tx: ReadTx): Promise<AuditMonths> {
  const [row] = await tx.execute<AuditMonths>(sql.raw(MONTHS));
  return { isNextMonthReady: row?.isNextMonthReady === true, hasRowsOutside: row?.hasRowsOutside === true };
}

/** What to say of them and what to do; null where all is well. Used by Settings → Health and "bulwark doctor". */
export function monthsProblem(months: AuditMonths): { detail: string; remedy: string } | null {
  if (!months.isNextMonthReady)
    return {
      detail: 'The audit log has no partition for the coming month.',
      remedy: 'Start the worker, or run "bulwark migrate": both create the partitions of the coming year.',
    };
  if (months.hasRowsOutside)
    return {
      detail: 'Some events carry a time more than a year from now, or from before the first month.',
      remedy:
        'Check the clock of the database server. The events are complete; each moves into its month when that is created.',
    };
  return null;
}

/** Up to when a reader of `readRecordOnce` has counted, as a scalar expression. */
export const markUntil = (tenantId: string, name: string): SQL =>
  sql`(select until from public.rollup_watermark where tenant_id = ${tenantId}::uuid and name = ${name})`;

/** How far the most advanced of some readers, or of all, is behind, in seconds; null where none of them ever ran. */
export async function recordLagSeconds(
  tx: ReadTx,
  tenantId: string,
  names?: readonly string[],
): Promise<number | null> {
  const among = names
    ? sql`and name = any(array(select json_array_elements_text(${JSON.stringify(names)}::json)))`
    : sql``;
  const [row] = await tx.execute<{ lag: number | null }>(sql`
    select extract(epoch from statement_timestamp() - max(until))::float8 as lag from public.rollup_watermark
    where tenant_id = ${tenantId}::uuid ${among}`);
  return row?.lag ?? null;
}

/** Fewer within a day happen to anybody who mistypes. */
const SIGN_IN_FAILURES_NOTABLE = 10;
const DAY = { from: 'now-24h' };

const signInFailures = sqlFact({
  key: 'auth.failed_sign_ins',
  permission: 'audit:read',
  one: 'sign-in failed in the last 24 hours',
  many: 'sign-ins failed in the last 24 hours',
  remedy: 'Check the IP addresses that they came from.',
  action: 'Open events',
  href: eventsHref(EVENT_KINDS.failedSignIns, DAY),
  from: (tenantId) =>
    sql`${eventsOf(tenantId, sql`at > now() - interval '24 hours'`)} e where ${isEvent(EVENT_KINDS.failedSignIns)}`,
  name: sql`coalesce(actor_label, host(ip), 'unknown')`,
  since: sql`at`,
  level: 'warning',
  order: sql`at desc`,
});

/** Many failed sign-ins within a day; nothing where they are few. */
export const failedSignIns: Fact = {
  ...signInFailures,
  read: async (tx, tenantId) => {
    const found = await signInFailures.read(tx, tenantId);
    return found.count < SIGN_IN_FAILURES_NOTABLE ? { ...found, count: 0 } : found;
  },
};
