export type TimePrecision = 'day' | 'minute' | 'second' | 'millisecond';

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: 'short',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      hourCycle: 'h23',
    });
    formatters.set(zone, found);
  }
  return found;
}

/** `21 Nov 2026, 22:14:38` in the given IANA zone. */
export function formatExact(date: Date, zone: string, precision: TimePrecision = 'second'): string {
  const part: Record<string, string> = {};
  for (const { type, value } of formatter(zone).formatToParts(date)) part[type] = value;
  const day = `${part.day} ${part.month?.slice(0, 3)} ${part.year}`;
  if (precision === 'day') return day;
  const minute = `${day}, ${part.hour}:${part.minute}`;
  if (precision === 'minute') return minute;
  const second = `${minute}:${part.second}`;
  return precision === 'second' ? second : `${second}.${part.fractionalSecond}`;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'long' });

/** `3 minutes ago`, `in 2 days`; under a minute `just now` or `in under a minute`. */
export function formatRelative(date: Date, nowMs: number): string {
  const seconds = (date.getTime() - nowMs) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return seconds > 1 ? 'in under a minute' : 'just now';
}

/** `2 d 03:04:05`, `03:04:05`; never below zero. */
export function formatCountdown(remainingMs: number): string {
  const total = Math.max(0, Math.floor(remainingMs / 1000));
  const days = Math.floor(total / 86_400);
  const clock = [Math.floor(total / 3600) % 24, Math.floor(total / 60) % 60, total % 60]
    .map((value) => String(value).padStart(2, '0'))
    .join(':');
  return days > 0 ? `${days} d ${clock}` : clock;
}
