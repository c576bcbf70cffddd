import { parseTime } from '@/lib/platform/audit/rules';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';

export const DEFAULT_FROM = 'now-7d';

/** A range of time of receipt; `toMs` null while it ends now. */
export interface Span {
  fromMs: number;
  toMs: number | null;
}

export type Grain = 'minute' | 'hour' | 'day' | 'month';

/** Rows of one grain of the tally, which lie whole in the range. */
export interface Segment {
  grain: Grain;
  fromMs: number;
  toMs: number;
}

const GRAINS: readonly Grain[] = ['minute', 'hour', 'day', 'month'];
/** How long the tally keeps its finer grains, less a margin. */
const MINUTES_KEPT_MS = 47 * HOUR_MS;
const HOURS_KEPT_MS = 58 * DAY_MS;

function floorTo(ms: number, grain: Grain): number {
  switch (grain) {
    case 'minute':
      return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
    case 'hour':
      return Math.floor(ms / HOUR_MS) * HOUR_MS;
    case 'day':
      return Math.floor(ms / DAY_MS) * DAY_MS;
    case 'month': {
      const date = new Date(ms);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    }
  }
}

function ceilTo(ms: number, grain: Grain): number {
  const floor = floorTo(ms, grain);
  if (floor === ms) return ms;
  if (grain !== 'month') return floor + { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS }[grain];
  const date = new Date(floor);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** The finest grain in which a range can be counted: older minutes and hours are not kept apart. */
export function grainOf({ fromMs }: Span, nowMs: number): Grain {
  const age = nowMs - fromMs;
  return age <= MINUTES_KEPT_MS ? 'minute' : age <= HOURS_KEPT_MS ? 'hour' : 'day';
}

/**
 * A range in whole minutes, or for older ones whole hours or days, outwards: so that what is counted from the tally is
 * exactly what the list holds.
 * @throws AppError `bad_request` where it is none
 */
export function spanOf(bounds: { from?: string; to?: string }, nowMs: number): Span {
  const fromMs = parseTime(bounds.from ?? DEFAULT_FROM, nowMs, 'from');
  const isOpen = bounds.to === undefined || bounds.to === 'now';
  const toMs = isOpen ? null : parseTime(bounds.to ?? 'now', nowMs, 'to');
  if (fromMs === null || (!isOpen && toMs === null))
    throw new AppError(
      'bad_request',
      'The time range is not valid. Use ISO 8601 or relative times such as now-24h.',
    );
  if (fromMs >= (toMs ?? nowMs + 1)) throw new AppError('bad_request', '"from" must be before "to".');
  const grain = grainOf({ fromMs, toMs }, nowMs);
  return { fromMs: floorTo(fromMs, grain), toMs: toMs === null ? null : ceilTo(toMs, grain) };
}

/** Covers a range with as few rows as possible: whole months in the middle, days around them, and so on to its edges. */
export function segmentsOf(span: Span, nowMs: number): Segment[] {
  const finest = GRAINS.indexOf(grainOf(span, nowMs));
  // What is being received right now lies in the running month, day, hour and minute.
  const toMs = span.toMs ?? ceilTo(nowMs + MINUTE_MS, GRAINS[finest] ?? 'day');
  return cover(span.fromMs, toMs, finest);
}

function cover(fromMs: number, toMs: number, finest: number): Segment[] {
  const grain = GRAINS[finest];
  if (grain === undefined || fromMs >= toMs) return [];
  const coarser = GRAINS[finest + 1];
  if (coarser === undefined) return [{ grain, fromMs, toMs }];
  const [innerFrom, innerTo] = [ceilTo(fromMs, coarser), floorTo(toMs, coarser)];
  if (innerFrom >= innerTo) return [{ grain, fromMs, toMs }];
  return [
    ...(fromMs < innerFrom ? [{ grain, fromMs, toMs: innerFrom }] : []),
    ...cover(innerFrom, innerTo, finest + 1),
    ...(innerTo < toMs ? [{ grain, fromMs: innerTo, toMs }] : []),
  ];
}
