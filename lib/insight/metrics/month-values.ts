import { type SQL, sql } from 'drizzle-orm';
import type { WriteTx } from '@/db/scope';
import { statesBefore } from '@/lib/assurance/checklist/facts';
import { deliveries } from '@/lib/platform/notifications/facts';
import { anomaliesOf } from '@/lib/response/anomalies/facts';
import { keepSnapshots } from './keep-snapshots';
import { COHORT_DAYS, timeToPatch, type Watched } from './rules';
import type { MonthValue, Span } from './span';

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

type Row = Record<string, unknown>;
const numberOf = (value: unknown) => Number(value ?? 0);

/** `month`, its last day or today, and the moment at which it ends. */
function monthsOf({ from, running, today, timeZone }: Span): SQL {
  return sql`(select m::date as month, least((m + interval '1 month')::date - 1, ${today}::date) as last_day,
      (m + interval '1 month') at time zone ${timeZone} as until
    from generate_series(${from}::timestamp, ${running}::timestamp, interval '1 month') as m)`;
}

async function foundAndFixed(tx: WriteTx, span: Span): Promise<MonthValue[]> {
  const rows = await tx.execute<Row>(sql`
    select m.month::text as month, o.found, o.reopened, f.fixed
    from ${monthsOf(span)} m
    left join lateral (select sum(count) as found, sum(count) filter (where is_reopened) as reopened from metric_episode
      where tenant_id = ${span.tenantId}::uuid and opened_on between m.month and m.last_day) o on true
    left join lateral (select sum(count) as fixed from metric_episode
      where tenant_id = ${span.tenantId}::uuid and ending = 'fixed' and ended_on between m.month and m.last_day) f on true`);
  return rows.flatMap((row) => {
    const [month, found, fixed] = [String(row.month), numberOf(row.found), numberOf(row.fixed)];
    const value = (series: string, value: number) => ({ month, metric: 'findings' as const, series, value });
    return [
      value('found', found),
      value('fixed', fixed),
      value('reopened', numberOf(row.reopened)),
      value('net', found - fixed),
    ];
  });
}

async function openAtEnd(tx: WriteTx, span: Span): Promise<MonthValue[]> {
  const rows = await tx.execute<Row>(sql`
    select m.month::text as month, s.severity, coalesce(sum(e.count), 0) as open
    from ${monthsOf(span)} m cross join (values ('critical'), ('high'), ('medium'), ('low')) as s(severity)
    left join metric_episode e on e.tenant_id = ${span.tenantId}::uuid and e.severity = s.severity
      and e.opened_on <= m.last_day and e.ended_on > m.last_day
    group by 1, 2`);
  return rows.map((row) => ({
    month: String(row.month),
    metric: 'open_findings',
    series: String(row.severity),
    value: numberOf(row.open),
  }));
}

/** The days that the episodes of each month's cohort were watched, by severity. */
async function watchedBy(tx: WriteTx, span: Span): Promise<Map<string, Watched[]>> {
  const rows = await tx.execute<Row>(sql`
    select m.month::text as month, e.severity, least(e.ended_on, m.last_day) - e.opened_on as days,
      e.ending = 'fixed' and e.ended_on <= m.last_day as "isPatched", sum(e.count) as count
    from ${monthsOf(span)} m join metric_episode e on e.tenant_id = ${span.tenantId}::uuid
      and e.opened_on > m.last_day - ${COHORT_DAYS}::integer and e.opened_on <= m.last_day
    group by 1, 2, 3, 4`);
  const watched = new Map<string, Watched[]>();
  for (const row of rows) {
    const key = `${row.month} ${row.severity}`;
    const list = watched.get(key) ?? [];
    list.push({ days: numberOf(row.days), isPatched: row.isPatched === true, count: numberOf(row.count) });
    watched.set(key, list);
  }
  return watched;
}

async function patchTimes(tx: WriteTx, span: Span, months: readonly string[]): Promise<MonthValue[]> {
  const watched = await watchedBy(tx, span);
  return months.flatMap((month) =>
    SEVERITIES.map((series) => {
      const { medianDays, n, censored } = timeToPatch(watched.get(`${month} ${series}`) ?? []);
      return { month, metric: 'time_to_patch' as const, series, value: medianDays, n, censored };
    }),
  );
}

async function fixedInTime(tx: WriteTx, span: Span): Promise<MonthValue[]> {
  const rows = await tx.execute<Row>(sql`
    select m.month::text as month, s.severity, coalesce(sum(e.count), 0) as fixed,
      coalesce(sum(e.count) filter (where e.in_time), 0) as in_time
    from ${monthsOf(span)} m cross join (values ('critical'), ('high'), ('medium'), ('low')) as s(severity)
    left join metric_episode e on e.tenant_id = ${span.tenantId}::uuid and e.severity = s.severity
      and e.ending = 'fixed' and e.ended_on between m.month and m.last_day
    group by 1, 2`);
  return rows.map((row) => {
    const fixed = numberOf(row.fixed);
    return {
      month: String(row.month),
      metric: 'on_time',
      series: String(row.severity),
      value: fixed === 0 ? null : (100 * numberOf(row.in_time)) / fixed,
      n: fixed,
    };
  });
}

async function fromRecord(tx: WriteTx, span: Span): Promise<MonthValue[]> {
  const rows = await tx.execute<Row>(sql`
    select m.month::text as month, c.*
    from ${monthsOf(span)} m left join lateral (
      select sum(count) filter (where metric = 'auth_failures' and dimension = 'kind' and value = 'sign_in') as sign_in,
        sum(count) filter (where metric = 'auth_failures' and dimension = 'kind' and value = 'api') as api,
        sum(count) filter (where metric = 'auth_failures' and dimension = 'kind' and value = 'gate') as gate,
        count(*) filter (where metric = 'auth_failures' and dimension = 'actor') as actors,
        count(*) filter (where metric = 'auth_failures' and dimension = 'address') as addresses,
        sum(count) filter (where metric = 'sign_ins') as sign_ins,
        sum(count) filter (where metric = 'traffic') as traffic,
        sum(count) filter (where metric = 'limit_refusals' and dimension = '') as refused,
        count(*) filter (where metric = 'limit_refusals' and dimension = 'key') as keys
      from metric_count where tenant_id = ${span.tenantId}::uuid and month = m.month) c on true`);
  const places = await tx.execute<Row>(sql`
    select distinct on (month) month::text as month, value from metric_count
    where tenant_id = ${span.tenantId}::uuid and month >= ${span.from}::date and metric = 'limit_refusals' and dimension = 'place'
    order by month, count desc, value`);
  const topPlace = new Map(places.map((row) => [String(row.month), String(row.value)]));
  return rows.flatMap((row) => {
    const month = String(row.month);
    const [failed, succeeded] = [numberOf(row.sign_in), numberOf(row.sign_ins)];
    const [refused, traffic] = [numberOf(row.refused), numberOf(row.traffic)];
    const auth = (series: string, value: number | null, n?: number): MonthValue => ({
      month,
      metric: 'auth_failures',
      series,
      value,
      n,
    });
    const limits = (series: string, value: number | null, n?: number): MonthValue => ({
      month,
      metric: 'limit_refusals',
      series,
      value,
      n,
      label: topPlace.get(month) ?? null,
    });
    return [
      auth('sign_in', failed),
      auth('api', numberOf(row.api)),
      auth('gate', numberOf(row.gate)),
      auth('actors', numberOf(row.actors)),
      auth('addresses', numberOf(row.addresses)),
      auth(
        'per_1000',
        failed + succeeded === 0 ? null : (1000 * failed) / (failed + succeeded),
        failed + succeeded,
      ),
      limits('events', refused),
      limits('keys', numberOf(row.keys)),
      limits('share', traffic === 0 ? null : (100 * refused) / traffic, traffic),
    ];
  });
}

async function checklistAtEnd(tx: WriteTx, span: Span): Promise<MonthValue[]> {
  const rows = await tx.execute<Row>(sql`
    select m.month::text as month, count(*) filter (where s.state <> 'not_applicable') as applicable,
      count(*) filter (where s.state in ('pass', 'warn')) as holding, count(*) filter (where s.state = 'fail') as failing
    from ${monthsOf(span)} m left join lateral ${statesBefore(sql`${span.tenantId}::uuid`, sql`m.until`)} s on true
    group by 1`);
  return rows.flatMap((row) => {
    const [month, applicable] = [String(row.month), numberOf(row.applicable)];
    return [
      {
        month,
        metric: 'checklist' as const,
        series: 'holding',
        value: applicable === 0 ? null : (100 * numberOf(row.holding)) / applicable,
        n: applicable,
      },
      { month, metric: 'checklist' as const, series: 'failing', value: numberOf(row.failing), n: applicable },
    ];
  });
}

async function deliveriesOf(tx: WriteTx, span: Span): Promise<MonthValue[]> {
  const rows = await tx.execute<Row>(sql`
    select m.month::text as month, count(d.id) as total, count(d.id) filter (where d.state = 'failed') as failed
    from ${monthsOf(span)} m left join ${deliveries(span.tenantId)} d on d.created_at >= (m.month::timestamp at time zone ${span.timeZone}) and d.created_at < m.until
    group by 1`);
  return rows.flatMap((row) =>
    (['failed', 'total'] as const).map((series) => ({
      month: String(row.month),
      metric: 'deliveries' as const,
      series,
      value: numberOf(row[series]),
    })),
  );
}

async function anomalyValues(tx: WriteTx, span: Span): Promise<MonthValue[]> {
  const rows = await tx.execute<Row>(sql`
    select m.month::text as month, count(a.id) as raised, count(a.triaged_at) as triaged,
      count(a.id) filter (where a.state = 'true_positive') as true_positive, count(a.mute_id) as muted,
      percentile_cont(0.5) within group (order by extract(epoch from a.triaged_at - a.raised_at) / 3600) as hours
    from ${monthsOf(span)} m left join ${anomaliesOf(span.tenantId)} a on a.raised_at >= (m.month::timestamp at time zone ${span.timeZone}) and a.raised_at < m.until
    group by 1`);
  return rows.flatMap((row) => {
    const triaged = numberOf(row.triaged);
    const value = (series: string, value: number | null, n?: number): MonthValue => ({
      month: String(row.month),
      metric: 'anomalies',
      series,
      value,
      n,
    });
    return [
      value('raised', numberOf(row.raised)),
      value('triaged', triaged),
      value('true_share', triaged === 0 ? null : (100 * numberOf(row.true_positive)) / triaged, triaged),
      value('triage_hours', row.hours === null ? null : numberOf(row.hours), triaged),
      value('muted', numberOf(row.muted)),
    ];
  });
}

/** Every number of the months of the span, from what is counted and from the rows of small tables. */
export async function monthValues(tx: WriteTx, span: Span, months: readonly string[]): Promise<MonthValue[]> {
  return [
    ...(await foundAndFixed(tx, span)),
    ...(await openAtEnd(tx, span)),
    ...(await patchTimes(tx, span, months)),
    ...(await fixedInTime(tx, span)),
    ...(await fromRecord(tx, span)),
    ...(await checklistAtEnd(tx, span)),
    ...(await deliveriesOf(tx, span)),
    ...(await anomalyValues(tx, span)),
    ...(await keepSnapshots(tx, span)),
  ];
}
