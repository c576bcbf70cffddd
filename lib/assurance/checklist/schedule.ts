import { TZDate } from '@date-fns/tz';
import { DAY_MS } from '@/lib/platform/core/clock';

/** The instant at which a clock in that zone shows `clock` on the local day of `ms`, `days` later. */
function atClock(ms: number, clock: string, days: number, timeZone: string): number {
  const local = new TZDate(ms, timeZone);
  const [hours, minutes] = clock.split(':').map(Number);
  return new TZDate(
    local.getFullYear(),
    local.getMonth(),
    local.getDate() + days,
    hours ?? 0,
    minutes ?? 0,
    0,
    0,
    timeZone,
  ).getTime();
}

/**
 * When a check is due after its last run: after its cadence, and where that is a day or more at the last `runAt` of the
 * tenant's clock before that, so that it is never late.
 * @param lastMs null: never run, due at once
 */
export function nextDueMs(
  lastMs: number | null,
  cadenceMs: number,
  { runAt, timeZone }: { runAt: string; timeZone: string },
): number {
  if (lastMs === null) return 0;
  const latestMs = lastMs + cadenceMs;
  if (cadenceMs < DAY_MS) return latestMs;
  const sameDayMs = atClock(latestMs, runAt, 0, timeZone);
  const dueMs = sameDayMs <= latestMs ? sameDayMs : atClock(latestMs, runAt, -1, timeZone);
  return dueMs > lastMs ? dueMs : latestMs;
}
