import { sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import { readKeyMilestones } from '@/lib/access/api-keys/facts';
import { firstStateAt, readReleases } from '@/lib/assurance/checklist/facts';
import { firstScanAt } from '@/lib/assurance/findings/facts';
import { firstEventAt } from '@/lib/platform/audit/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { firstDeliveryAt } from '@/lib/platform/notifications/facts';
import { firstRuleAt } from '@/lib/response/anomalies/facts';
import {
  METRIC_KEYS,
  METRICS,
  type MetricDto,
  type MetricPointDto,
  type MetricSource,
  MONTHS_MAX,
  MONTHS_SHOWN,
  type MonthlyMetricsDto,
  type MonthlyMetricsInput,
  monthlyMetricsInput,
} from './contract';
import { type MonthBounds, rowsHref } from './rows-href';
import { addMonths, firstOf, monthOf, monthsBetween } from './rules';

type Row = Record<string, unknown>;

const NOTES_MAX = 50;

const isoOrNull = (value: unknown) =>
  value === null || value === undefined ? null : new Date(String(value)).toISOString();

interface Frame {
  timeZone: string;
  today: string;
  asOf: string | null;
  since: Record<MetricSource, string | null>;
}

async function frameOf(tx: ReadTx, tenantId: string): Promise<Frame> {
  const [row] = await tx.execute<Row>(sql`
    select t.time_zone as zone, (now() at time zone t.time_zone)::date::text as today,
      (select computed_at from metric_progress where tenant_id = t.id) as as_of
    from identity.tenant t where t.id = ${tenantId}::uuid`);
  return {
    timeZone: String(row?.zone ?? 'UTC'),
    today: String(row?.today),
    asOf: isoOrNull(row?.as_of),
    since: {
      scans: await firstScanAt(tx, tenantId),
      record: await firstEventAt(tx, tenantId),
      rules: await firstRuleAt(tx, tenantId),
      checklist: await firstStateAt(tx, tenantId),
      keys: (await readKeyMilestones(tx, tenantId)).firstCreatedAt,
      notices: await firstDeliveryAt(tx, tenantId),
    },
  };
}

function monthsAsked(input: MonthlyMetricsInput, running: string): string[] {
  const to = input.to ?? running;
  const from = input.from ?? addMonths(to, 1 - MONTHS_SHOWN);
  const months = from > to ? [] : monthsBetween(from, to);
  if (months.length === 0) throw new AppError('bad_request', '"from" must not be later than "to".');
  if (months.length > MONTHS_MAX)
    throw new AppError(
      'bad_request',
      `You can request at most ${MONTHS_MAX} months. You requested ${months.length}.`,
    );
  return months;
}

async function valuesOf(tx: ReadTx, tenantId: string, months: readonly string[]): Promise<Map<string, Row>> {
  const rows = await tx.execute<Row>(sql`
    select to_char(month, 'YYYY-MM') as month, metric, series, value, n, censored, label, was, restated_at
    from metric_value where tenant_id = ${tenantId}::uuid
      and month between ${firstOf(months[0] ?? '')}::date and ${firstOf(months.at(-1) ?? '')}::date`);
  return new Map(rows.map((row) => [`${row.month} ${row.metric} ${row.series}`, row]));
}

/** When each month begins and ends as a moment, for links to the rows. */
async function boundsOf(
  tx: ReadTx,
  months: readonly string[],
  timeZone: string,
): Promise<Map<string, MonthBounds>> {
  const rows = await tx.execute<Row>(sql`
    select to_char(m, 'YYYY-MM') as month, m at time zone ${timeZone} as "from",
      (m + interval '1 month') at time zone ${timeZone} as "to"
    from generate_series(${firstOf(months[0] ?? '')}::timestamp, ${firstOf(months.at(-1) ?? '')}::timestamp,
      interval '1 month') as m`);
  return new Map(
    rows.map((row) => {
      const month = String(row.month);
      const [from, to] = [isoOrNull(row.from) ?? '', isoOrNull(row.to) ?? ''];
      return [month, { month, from, to }];
    }),
  );
}

interface PointFacts {
  month: string;
  row: Row | undefined;
  sinceMonth: string | null;
  isSnapshot: boolean;
  href: string | null;
}

function pointOf({ month, row, sinceMonth, isSnapshot, href }: PointFacts): MetricPointDto {
  const isBefore = sinceMonth === null || month < sinceMonth;
  const value = isBefore || !row || row.value === null ? null : Number(row.value);
  const whyMissing = row ? 'nothing_to_measure' : isSnapshot ? 'no_source' : 'not_computed';
  const numberOrNull = (field: unknown) =>
    isBefore || field === null || field === undefined ? null : Number(field);
  return {
    month,
    value,
    why: value !== null ? null : isBefore ? 'no_source' : whyMissing,
    n: numberOrNull(row?.n),
    censored: numberOrNull(row?.censored),
    label: isBefore || !row?.label ? null : String(row.label),
    was: numberOrNull(row?.was),
    restatedAt: isBefore ? null : isoOrNull(row?.restated_at),
    // Without a median there may still be episodes that were looked at.
    href: value === null && !numberOrNull(row?.n) ? null : href,
  };
}

/** A moment's month in a time zone. */
export function monthIn(at: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
  }).formatToParts(new Date(at));
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}`;
}

interface Read {
  frame: Frame;
  months: string[];
  values: Map<string, Row>;
  bounds: Map<string, MonthBounds>;
}

const hrefOf = (key: (typeof METRIC_KEYS)[number], series: string, bounds: MonthBounds | undefined) =>
  bounds ? rowsHref(key, series, bounds) : null;

function metricOf(key: (typeof METRIC_KEYS)[number], { frame, months, values, bounds }: Read): MetricDto {
  const { title, version, unit, better, definition, source, series, ...rest } = METRICS[key];
  const isSnapshot = 'isSnapshot' in rest && rest.isSnapshot;
  const since = frame.since[source];
  const sinceMonth = since === null ? null : monthIn(since, frame.timeZone);
  return {
    key,
    title,
    version,
    unit,
    better,
    definition,
    since,
    series: Object.entries(series).map(([name, one]) => ({
      key: name,
      label: one.label,
      kind: one.kind,
      unit: 'unit' in one ? String(one.unit) : unit,
      points: months.map((month) =>
        pointOf({
          month,
          row: values.get(`${month} ${key} ${name}`),
          sinceMonth,
          isSnapshot,
          href: hrefOf(key, name, bounds.get(month)),
        }),
      ),
    })),
  };
}

async function notesOf(
  tx: ReadTx,
  tenantId: string,
  { months, bounds, frame }: Read,
): Promise<MonthlyMetricsDto['notes']> {
  const from = bounds.get(months[0] ?? '')?.from ?? null;
  const to = bounds.get(months.at(-1) ?? '')?.to ?? null;
  const releases = await readReleases(tx, tenantId, { from, to, limit: NOTES_MAX });
  return releases.map(({ id, release, verdict, decidedAt: at }) => ({
    month: monthIn(at, frame.timeZone),
    at,
    name: release,
    label: `Release ${release}: ${verdict === 'pass' ? 'passed' : 'failed'}`,
    href: `/checklist/releases/${id}`,
  }));
}

/** The month that runs where the tenant is, `2026-11`. */
export async function runningMonth(actor: Actor): Promise<string> {
  requirePermission(actor, 'metrics:read');
  const { today } = await readTenant(actor, (tx) => frameOf(tx, actor.tenantId));
  return monthOf(today);
}

/** The metrics of each month asked for, twelve up to the one that runs unless it says otherwise. */
export async function monthlyMetrics(
  actor: Actor,
  input: MonthlyMetricsInput = {},
): Promise<MonthlyMetricsDto> {
  requirePermission(actor, 'metrics:read');
  const asked = monthlyMetricsInput.parse(input);
  const { tenantId } = actor;
  return readTenant(actor, async (tx) => {
    const frame = await frameOf(tx, tenantId);
    const running = monthOf(frame.today);
    const months = monthsAsked(asked, running);
    const read: Read = {
      frame,
      months,
      values: await valuesOf(tx, tenantId, months),
      bounds: await boundsOf(tx, months, frame.timeZone),
    };
    return {
      months,
      running: months.includes(running) ? running : null,
      timeZone: frame.timeZone,
      asOf: frame.asOf,
      metrics: METRIC_KEYS.map((key) => metricOf(key, read)),
      notes: await notesOf(tx, tenantId, read),
    };
  });
}
