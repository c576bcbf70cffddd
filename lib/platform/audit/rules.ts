import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';

const UNIT_MS: Record<string, number> = {
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

const RELATIVE = /^now(?:-(\d{1,6})([smhdwM]))?(?:\/([hdwM]))?$/;
const DAY_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

function monthsBefore(timeMs: number, months: number): number {
  const date = new Date(timeMs);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime();
}

/** The start of the hour, day, ISO week or month in UTC; for the end of a range, the start of the next one. */
function roundTo(timeMs: number, unit: string, edge: 'from' | 'to'): number {
  const date = new Date(timeMs);
  const next = edge === 'to' ? 1 : 0;
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  switch (unit) {
    case 'h':
      return Date.UTC(year, month, day, date.getUTCHours() + next);
    case 'd':
      return Date.UTC(year, month, day + next);
    case 'w':
      return Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7) + 7 * next);
    default:
      return Date.UTC(year, month + next, 1);
  }
}

/**
 * Reads a bound of a time range: `2026-11-01T08:00:00Z`, `2026-11-01`, `now`, `now-24h`, `now-1M/M` (as in Grafana).
 * A day, or a rounding, stands for its start in `from` and for its end in `to`.
 * @returns Unix milliseconds, or `null` where the text is not a time
 */
export function parseTime(text: string, nowMs: number, edge: 'from' | 'to'): number | null {
  const relative = RELATIVE.exec(text);
  if (relative) {
    const [, amount, unit, rounding] = relative;
    let timeMs = nowMs;
    if (amount && unit) {
      timeMs =
        unit === 'M' ? monthsBefore(nowMs, Number(amount)) : nowMs - Number(amount) * (UNIT_MS[unit] ?? 0);
    }
    const rounded = rounding ? roundTo(timeMs, rounding, edge) : timeMs;
    return isRecordable(rounded) ? rounded : null;
  }
  if (!DAY_ONLY.test(text) && !INSTANT.test(text)) return null;
  const parsed = Date.parse(text);
  if (!isRecordable(parsed)) return null;
  return DAY_ONLY.test(text) && edge === 'to' ? parsed + DAY_MS : parsed;
}

const RECORDABLE_YEARS_MS = [Date.UTC(1, 0, 1), Date.UTC(9999, 0, 1)] as const;

/** Whether Postgres and JavaScript both can hold the moment: years 1 to 9998. */
export function isRecordable(timeMs: number): boolean {
  return timeMs >= RECORDABLE_YEARS_MS[0] && timeMs < RECORDABLE_YEARS_MS[1];
}

export interface TimeRange {
  fromMs: number;
  toMs: number;
}

export const RANGE_DEFAULT = { from: 'now-24h', to: 'now' } as const;
const RANGE_MONTHS_MAX = 13;
/** Rows are stamped by the database's clock; one that runs a little ahead of ours must not hide the newest. */
const CLOCK_SKEW_MS = 5 * MINUTE_MS;

/** The range that two bounds name, or the sentence that says why there is none. */
export function resolveRange(
  bounds: { from?: string; to?: string },
  nowMs: number,
): TimeRange | { problem: string } {
  const toText = bounds.to ?? RANGE_DEFAULT.to;
  const toMs = parseTime(toText, nowMs, 'to');
  const fromMs = parseTime(bounds.from ?? RANGE_DEFAULT.from, nowMs, 'from');
  if (fromMs === null || toMs === null)
    return { problem: 'The time range is not valid. Use ISO 8601 times or relative times such as now-24h.' };
  if (fromMs >= toMs) return { problem: '"from" must be before "to".' };
  if (fromMs < monthsBefore(toMs, RANGE_MONTHS_MAX)) {
    return { problem: `A range may span at most ${RANGE_MONTHS_MAX} months. Move "from" or "to".` };
  }
  return { fromMs, toMs: toText === 'now' ? toMs + CLOCK_SKEW_MS : toMs };
}

const BUCKET_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800, 1_209_600,
];
const BUCKETS_MAX = 60;

/** Bars of a round width, aligned to UTC, at most 60 of them. */
export function bucketsOf(range: TimeRange): { bucketMs: number; startsMs: number[] } {
  for (const seconds of BUCKET_SECONDS) {
    const bucketMs = seconds * SECOND_MS;
    const firstMs = Math.floor(range.fromMs / bucketMs) * bucketMs;
    const count = Math.ceil((range.toMs - firstMs) / bucketMs);
    if (count <= BUCKETS_MAX)
      return { bucketMs, startsMs: Array.from({ length: count }, (_, i) => firstMs + i * bucketMs) };
  }
  return { bucketMs: range.toMs - range.fromMs, startsMs: [range.fromMs] };
}
