import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';

const UNITS: readonly [string, number][] = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
  ['second', SECOND_MS],
];

function inUnit(name: string, count: number): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** `24 hours`, `7 days`, `90 minutes`: exact, in the largest unit that divides it; a day is said as 24 hours. */
export function exactDuration(durationMs: number): string {
  if (durationMs === DAY_MS) return '24 hours';
  for (const [name, unitMs] of UNITS) {
    if (durationMs >= unitMs && durationMs % unitMs === 0) return inUnit(name, durationMs / unitMs);
  }
  return inUnit('second', Math.round(durationMs / SECOND_MS));
}

/** `3 days`, `2 hours`, `less than a minute`: rounded down to one unit, for what need not be exact. */
export function roughDuration(durationMs: number): string {
  for (const [name, unitMs] of UNITS.slice(0, 3)) {
    if (durationMs >= unitMs) return inUnit(name, Math.floor(durationMs / unitMs));
  }
  return 'less than a minute';
}

const ANNOUNCED_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
  3 * DAY_MS,
  7 * DAY_MS,
];

/** What a screen reader hears of a countdown: the text changes at a few marks only, not every second. */
export function countdownAnnouncement(remainingMs: number): string {
  if (remainingMs <= 0) return 'Time is up.';
  const mark = ANNOUNCED_MS.find((markMs) => remainingMs <= markMs);
  return mark === undefined ? 'More than 7 days left.' : `Less than ${exactDuration(mark)} left.`;
}

const GRACE_LABELS: Readonly<Record<string, string>> = {
  '0': 'None: the old secret stops working immediately',
  '1m': '1 minute',
  '15m': '15 minutes',
  '1h': '1 hour',
  '6h': '6 hours',
  '24h': '24 hours',
  '3d': '3 days',
  '7d': '7 days',
};

export function graceLabel(grace: string): string {
  return GRACE_LABELS[grace] ?? grace;
}
