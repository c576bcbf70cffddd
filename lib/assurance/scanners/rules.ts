import { TZDate } from '@date-fns/tz';
import { HOUR_MS } from '@/lib/platform/core/clock';
import type { TargetDto, TargetKind } from './contract';

export type Schedule = Pick<TargetDto, 'every' | 'runAt' | 'weekday' | 'timeZone'>;

const local = (day: TZDate, days: number, hours: number, minutes: number): number =>
  new TZDate(
    day.getFullYear(),
    day.getMonth(),
    day.getDate() + days,
    hours,
    minutes,
    0,
    0,
    day.timeZone ?? 'UTC',
  ).getTime();

function hourly(nowMs: number, minutes: number, timeZone: string): number {
  const day = new TZDate(nowMs, timeZone);
  const past = (day.getMinutes() - minutes) * 60_000 + day.getSeconds() * 1_000 + day.getMilliseconds();
  return past >= 0 ? nowMs - past : nowMs - past - HOUR_MS;
}

/** The last moment up to `nowMs` at which a run was due, or null without a schedule. */
export function lastDue(nowMs: number, { every, runAt, weekday, timeZone }: Schedule): number | null {
  if (every === 'never') return null;
  const [hours = 0, minutes = 0] = runAt.split(':').map(Number);
  if (every === 'hour') return hourly(nowMs, minutes, timeZone);
  const day = new TZDate(nowMs, timeZone);
  const step = every === 'week' ? 7 : 1;
  const since = every === 'week' ? (day.getDay() + 7 - (weekday % 7)) % 7 : 0;
  const due = local(day, -since, hours, minutes);
  return due <= nowMs ? due : local(day, -since - step, hours, minutes);
}

/** The first moment after `nowMs` at which a run is due, or null without a schedule. */
export function nextDue(nowMs: number, schedule: Schedule): number | null {
  const last = lastDue(nowMs, schedule);
  if (last === null) return null;
  if (schedule.every === 'hour') return last + HOUR_MS;
  const [hours = 0, minutes = 0] = schedule.runAt.split(':').map(Number);
  return local(new TZDate(last, schedule.timeZone), schedule.every === 'week' ? 7 : 1, hours, minutes);
}

const IMAGE = /^[a-z0-9][a-z0-9._:/-]*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** What is wrong with an address by its form alone, or null. */
export function locationProblem(kind: TargetKind, location: string): string | null {
  if (kind === 'path')
    return location.startsWith('/') && !location.split('/').includes('..')
      ? null
      : 'Enter an absolute path on the worker, such as /srv/repositories/web.';
  if (kind === 'image')
    return IMAGE.test(location) ? null : 'Enter an image such as registry.example.org/team/web:1.4.';
  if (!URL.canParse(location) || !['https:', 'file:'].includes(new URL(location).protocol))
    return 'Enter a Git URL such as https://git.example.org/team/web.git.';
  const { username, password } = new URL(location);
  return username || password ? 'The URL cannot contain a user name or password. Remove them.' : null;
}

/** The version that a scanner names among whatever else it prints. */
export const versionIn = (text: string): string | null => /\d+\.\d+\.\d+[\w.-]*/.exec(text)?.[0] ?? null;
