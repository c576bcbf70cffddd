import { TZDate } from '@date-fns/tz';
import { DAY_MS, HOUR_MS } from '@/lib/platform/core/clock';
import type { StandingLevel } from '@/lib/platform/facts/contract';
import type { ReportTone } from './contract';

export interface ReportSchedule {
  timeZone: string;
  /** 1 is Monday. */
  weekday: number;
  /** `08:00`. */
  sendAt: string;
}

/** The days that a report covers, both within it, and the moments at which they begin and end. */
export interface Period {
  from: string;
  to: string;
  fromMs: number;
  toMs: number;
}

const two = (n: number) => String(n).padStart(2, '0');
const dateOf = (day: TZDate) => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;

/** The day so many days from the local day of `day`, at `hours:minutes` of its own clock. */
function dayAt(day: TZDate, days: number, hours = 0, minutes = 0): TZDate {
  const zone = day.timeZone ?? 'UTC';
  return new TZDate(day.getFullYear(), day.getMonth(), day.getDate() + days, hours, minutes, 0, 0, zone);
}

/** The last moment up to `nowMs` at which a report was due. Weeks are calendar weeks: a day is 23 or 25 hours twice a year. */
export function lastDue(nowMs: number, { timeZone, weekday, sendAt }: ReportSchedule): number {
  const local = new TZDate(nowMs, timeZone);
  const [hours = 0, minutes = 0] = sendAt.split(':').map(Number);
  const since = (local.getDay() + 7 - (weekday % 7)) % 7;
  const due = dayAt(local, -since, hours, minutes).getTime();
  return due <= nowMs ? due : dayAt(local, -since - 7, hours, minutes).getTime();
}

/** The first moment after `nowMs` at which one is due. */
export function nextDue(nowMs: number, schedule: ReportSchedule): number {
  const [hours = 0, minutes = 0] = schedule.sendAt.split(':').map(Number);
  return dayAt(new TZDate(lastDue(nowMs, schedule), schedule.timeZone), 7, hours, minutes).getTime();
}

/** The seven local days before the one on which `dueMs` falls. */
export function periodBefore(dueMs: number, timeZone: string): Period {
  const day = new TZDate(dueMs, timeZone);
  const [first, end] = [dayAt(day, -7), dayAt(day, 0)];
  return { from: dateOf(first), to: dateOf(dayAt(day, -1)), fromMs: first.getTime(), toMs: end.getTime() };
}

/** The seven days up to now. */
export function periodUntil(nowMs: number, timeZone: string): Period {
  const day = new TZDate(nowMs, timeZone);
  const first = dayAt(day, -6);
  return { from: dateOf(first), to: dateOf(day), fromMs: first.getTime(), toMs: nowMs };
}

/** A report that is made more than an hour after it was due says so. */
export const isLate = (dueMs: number, nowMs: number): boolean => nowMs - dueMs > HOUR_MS;

export const daysBetween = (fromMs: number, toMs: number): number => Math.floor((toMs - fromMs) / DAY_MS);

/** How a report shows what the standing comes to. */
export const TONE_OF: Readonly<Record<StandingLevel, ReportTone>> = {
  danger: 'danger',
  warning: 'warning',
  unknown: 'neutral',
  info: 'neutral',
  ok: 'success',
};
