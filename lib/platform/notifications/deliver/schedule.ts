import { TZDate } from '@date-fns/tz';
import { HOUR_MS, SECOND_MS } from '@/lib/platform/core/clock';
import type { Severity } from '@/lib/platform/notifications/notice-contract';

export interface QuietPolicy {
  timeZone: string;
  /** `22:00`; both null: no quiet hours. They may pass midnight. */
  quietFrom: string | null;
  quietTo: string | null;
  digestAt: string;
}

const RETRY_FIRST_MS = 10 * SECOND_MS;
const RETRY_MAX_MS = 12 * HOUR_MS;

const minutesOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

/** The instant at which a clock in that zone shows `clock`, `days` after the local day of `day`. */
function atClock(day: TZDate, clock: string, days: number): Date {
  const minutes = minutesOf(clock);
  const moved = new TZDate(
    day.getFullYear(),
    day.getMonth(),
    day.getDate() + days,
    Math.floor(minutes / 60),
    minutes % 60,
    0,
    0,
    day.timeZone ?? 'UTC',
  );
  return new Date(moved.getTime());
}

/** When a notice may be sent: at once, or after the quiet hours it falls into. Critical notices pass them. */
export function sendableAt(now: Date, policy: QuietPolicy, severity: Severity): Date {
  const { timeZone, quietFrom, quietTo } = policy;
  if (severity === 'critical' || quietFrom === null || quietTo === null || quietFrom === quietTo) return now;
  const local = new TZDate(now.getTime(), timeZone);
  const minute = local.getHours() * 60 + local.getMinutes();
  const [from, to] = [minutesOf(quietFrom), minutesOf(quietTo)];
  const passesMidnight = from > to;
  const isQuiet = passesMidnight ? minute >= from || minute < to : minute >= from && minute < to;
  if (!isQuiet) return now;
  const end = atClock(local, quietTo, passesMidnight && minute >= from ? 1 : 0);
  return end > now ? end : now;
}

/** The next daily mail after `now`: its instant, and the local day that names it. */
export function nextDigest(now: Date, { timeZone, digestAt }: QuietPolicy): { at: Date; on: string } {
  const local = new TZDate(now.getTime(), timeZone);
  const today = atClock(local, digestAt, 0);
  const at = today > now ? today : atClock(local, digestAt, 1);
  const day = new TZDate(at.getTime(), timeZone);
  const two = (n: number) => String(n).padStart(2, '0');
  return { at, on: `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}` };
}

/**
 * The wait after the nth failure in a row: 10 s, 30 s, 90 s, up to 12 hours, each up to a fifth shorter or longer.
 * @param random from 0 to 1
 */
export function retryDelayMs(failures: number, random: number): number {
  const plain = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 3 ** Math.max(0, failures - 1));
  return Math.round(plain * (0.8 + 0.4 * random));
}
