import type { ChartColor, ChartPoint, ChartSeries } from '@/components/charts/month-chart-data';
import type { MetricDto, MetricKey, MetricPointDto, MetricSeriesDto } from '@/lib/insight/metrics/contract';
import { addMonths, monthsBetween } from '@/lib/insight/metrics/rules';

interface Look {
  shape: 'bars' | 'groups' | 'lines';
  /** The series on the chart; the others stand in the table and beside the headline. */
  colors: Readonly<Record<string, ChartColor>>;
  /** The series that the headline names. */
  headline: string | 'sum';
}

const severities = { critical: 'critical', high: 'high', medium: 'medium', low: 'low' } as const;

export const LOOKS: Readonly<Record<MetricKey, Look>> = {
  findings: { shape: 'groups', colors: { found: 'warning', fixed: 'success' }, headline: 'net' },
  open_findings: { shape: 'bars', colors: severities, headline: 'sum' },
  time_to_patch: { shape: 'lines', colors: severities, headline: 'critical' },
  on_time: { shape: 'lines', colors: severities, headline: 'critical' },
  exploited: { shape: 'groups', colors: { open: 'neutral', overdue: 'danger' }, headline: 'overdue' },
  auth_failures: {
    shape: 'bars',
    colors: { gate: 'accent', api: 'neutral', sign_in: 'danger' },
    headline: 'sum',
  },
  limit_refusals: { shape: 'bars', colors: { events: 'warning' }, headline: 'events' },
  anomalies: { shape: 'groups', colors: { raised: 'warning', triaged: 'success' }, headline: 'raised' },
  checklist: { shape: 'lines', colors: { holding: 'accent' }, headline: 'holding' },
  keys: { shape: 'lines', colors: { rotated: 'accent' }, headline: 'rotated' },
  deliveries: { shape: 'groups', colors: { failed: 'danger', total: 'neutral' }, headline: 'failed' },
};

const number = (value: number, digits: number) =>
  value.toLocaleString('en', { maximumFractionDigits: digits });
const counted = (value: number, one: string, many: string) =>
  `${number(value, 0)} ${value === 1 ? one : many}`;

/** A number with its unit, as a table shows it. */
export function formatValue(value: number, unit: string): string {
  switch (unit) {
    case 'percent':
      return `${number(value, value !== 0 && Math.abs(value) < 1 ? 2 : 1)}%`;
    case 'days':
      return counted(value, 'day', 'days');
    case 'hours':
      return `${number(value, 1)} h`;
    case 'per_1000':
      return number(value, 1);
    default:
      return number(value, 0);
  }
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** The same for an axis, where there is little room. */
export function formatAxis(value: number, unit: string): string {
  if (unit === 'percent') return `${number(value, 0)} %`;
  return unit === 'days' ? `${number(value, 0)} d` : compact.format(value);
}

const WHY = {
  no_source: 'No data yet',
  nothing_to_measure: 'Nothing to measure',
  not_computed: 'Not calculated yet',
} as const;

/** What belongs to a number, or why there is none. */
export function pointNote(point: MetricPointDto, metric: MetricDto): string | undefined {
  if (metric.key === 'time_to_patch' && point.n !== null && point.n > 0) {
    const watched = `${counted(point.n, 'episode', 'episodes')}, ${number(point.censored ?? 0, 0)} not patched`;
    return point.value === null ? `Fewer than half patched; ${watched}` : watched;
  }
  if (point.why) return WHY[point.why];
  if (metric.key === 'limit_refusals' && point.label) return `highest for ${point.label}`;
  return point.n === null ? undefined : `of ${number(point.n, 0)}`;
}

/** The value of the headline in one month; a sum has one as soon as a part has. */
export function headlineValue(metric: MetricDto, month: string): number | null {
  const { headline, colors } = LOOKS[metric.key];
  const wanted = metric.series.filter(({ key }) => (headline === 'sum' ? key in colors : key === headline));
  const values = wanted.flatMap(({ points }) => points.find((point) => point.month === month)?.value ?? []);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

export function headlineSeries(metric: MetricDto): MetricSeriesDto | undefined {
  const { headline, colors } = LOOKS[metric.key];
  return metric.series.find(({ key }) => (headline === 'sum' ? key in colors : key === headline));
}

export type Trend = 'better' | 'worse' | 'same';

/** Whether the change from one month to the next is what one wants. */
export function trendOf(metric: MetricDto, now: number, before: number): Trend {
  if (now === before) return 'same';
  return now < before === (metric.better === 'less') ? 'better' : 'worse';
}

/** The series of the chart over the months shown; with `shift`, the months so much earlier beside them. */
export function chartSeries(
  metric: MetricDto,
  months: readonly string[],
  shift: number | null,
): ChartSeries[] {
  const { colors } = LOOKS[metric.key];
  return metric.series
    .filter(({ key }) => key in colors)
    .map(({ key, label, points }) => {
      const byMonth = new Map(points.map((point) => [point.month, point]));
      return {
        key,
        label,
        color: colors[key] ?? 'neutral',
        points: months.map((month): ChartPoint => {
          const point = byMonth.get(month);
          const before = shift === null ? undefined : (byMonth.get(addMonths(month, -shift))?.value ?? null);
          return {
            month,
            value: point?.value ?? null,
            href: point?.href ?? null,
            ...(before === undefined ? {} : { before }),
          };
        }),
      };
    });
}

/** The months of a page that shows `count` of them up to `to`, and the first to ask for when it compares. */
export function monthsShown(
  to: string,
  count: number,
  isCompared: boolean,
): { months: string[]; from: string } {
  const from = addMonths(to, 1 - count);
  return { months: monthsBetween(from, to), from: isCompared ? addMonths(from, -count) : from };
}
