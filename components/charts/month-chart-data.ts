/** How a series is drawn; shades differ in lightness too, so that they are told apart without colour. */
export type ChartColor =
  | 'accent'
  | 'neutral'
  | 'success'
  | 'warning'
  | 'danger'
  | 'critical'
  | 'high'
  | 'medium'
  | 'low';

export const chartColor: Record<ChartColor, string> = {
  accent: 'var(--accent)',
  neutral: 'color-mix(in oklab, var(--faint) 55%, var(--surface))',
  success: 'var(--success)',
  warning: 'var(--warning)',
  danger: 'var(--danger)',
  critical: 'var(--severity-critical)',
  high: 'var(--severity-high)',
  medium: 'var(--severity-medium)',
  low: 'var(--severity-low)',
};

/** Lines are told apart by their dashes as well. */
export const chartDash: Partial<Record<ChartColor, string>> = {
  high: '7 3',
  medium: '2 3',
  low: '1 5',
  neutral: '4 4',
};

export interface ChartPoint {
  /** `2026-11`. */
  month: string;
  value: number | null;
  /** Why there is no value, or what belongs to it: "n 41, 12 of them open". */
  note?: string;
  href?: string | null;
  /** The same month of the period compared with. */
  before?: number | null;
}

export interface ChartSeries {
  key: string;
  label: string;
  color: ChartColor;
  points: readonly ChartPoint[];
}

export interface ChartNote {
  month: string;
  /** Short enough to stand at its line. */
  name: string;
  label: string;
}

/** One name for each month that has notes: `v1.2`, or `v1.2 +1` where there are more. */
export function noteNames(notes: readonly ChartNote[]): { month: string; name: string }[] {
  return [...Map.groupBy(notes, ({ month }) => month)].map(([month, [first, ...more]]) => {
    const name = first?.name ?? '';
    const short = name.length > NOTE_LENGTH_MAX ? `${name.slice(0, NOTE_LENGTH_MAX - 1)}…` : name;
    return { month, name: more.length > 0 ? `${short} +${more.length}` : short };
  });
}

const NOTE_LENGTH_MAX = 8;
const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 2026`; on an axis the year only with January and at the start. */
export function monthLabel(month: string, form: 'full' | 'axis' = 'full', isFirst = false): string {
  const [year = '', number = '1'] = month.split('-');
  const name = MONTH_NAMES[Number(number) - 1] ?? '';
  if (form === 'full') return `${name} ${year}`;
  return number === '01' || isFirst ? `${name} ’${year.slice(2)}` : name;
}

/** The key of all series of the period before together. */
export const ALL_BEFORE = 'all before';

const sumOf = (values: readonly (number | null | undefined)[]): number | null => {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
};

/**
 * One row for each month: the value of each series under its key, that of the period before under `key before`, and of all
 * of them, for bars that are stacked, under `all before`.
 */
export function chartRows(series: readonly ChartSeries[]): Record<string, string | number | null>[] {
  const months = series[0]?.points.map(({ month }) => month) ?? [];
  return months.map((month, index) => {
    const row: Record<string, string | number | null> = { month };
    for (const { key, points } of series) {
      const point = points[index];
      row[key] = point?.value ?? null;
      if (point?.before !== undefined) row[`${key} before`] = point.before;
    }
    row[ALL_BEFORE] = sumOf(series.map(({ points }) => points[index]?.before));
    return row;
  });
}

/** One sentence for screen readers: what each series ends at, and where it was highest. */
export function describeChart(series: readonly ChartSeries[], format: (value: number) => string): string {
  const parts = series.map(({ label, points }) => {
    const known = points.filter((point): point is ChartPoint & { value: number } => point.value !== null);
    const last = known.at(-1);
    if (!last) return `${label}: no data`;
    const peak = known.reduce((top, point) => (point.value > top.value ? point : top));
    return `${label}: ${format(last.value)} in ${monthLabel(last.month)}, highest ${format(peak.value)} in ${monthLabel(peak.month)}`;
  });
  return `${parts.join('; ')}.`;
}
