/** A moment: `now`, `now-24h`, `now/d`, `now-1M/M`, or ISO 8601. */
export interface TimeRange {
  from: string;
  to: string;
}

export interface ResolvedRange {
  fromMs: number;
  toMs: number;
}

export const RANGE_PRESETS = [
  { from: 'now-1h', label: 'Last hour', short: '1 h' },
  { from: 'now-24h', label: 'Last 24 hours', short: '24 h' },
  { from: 'now-7d', label: 'Last 7 days', short: '7 d' },
  { from: 'now-30d', label: 'Last 30 days', short: '30 d' },
  { from: 'now-90d', label: 'Last 90 days', short: '90 d' },
] as const;

const EXPRESSION = /^now(?:([+-])(\d{1,5})([mhdwM]))?(?:\/([mhdwM]))?$/;
const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function shift(ms: number, amount: number, unit: string): number {
  const size = UNIT_MS[unit];
  if (size !== undefined) return ms + amount * size;
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + amount);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime();
}

function startOf(ms: number, unit: string): number {
  const date = new Date(ms);
  if (unit === 'M') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  if (unit === 'w') {
    const day = Math.floor(ms / 86_400_000);
    return (day - ((day + 3) % 7)) * 86_400_000;
  }
  const size = UNIT_MS[unit] ?? 60_000;
  return Math.floor(ms / size) * size;
}

/**
 * Milliseconds since the epoch, or null when the text is no moment. Rounding (`/d`) is in UTC; a week starts
 * on Monday. Source: Grafana's relative ranges.
 */
export function resolveMoment(text: string, nowMs: number): number | null {
  const match = EXPRESSION.exec(text);
  if (match) {
    const [, sign, amount, unit, round] = match;
    const moved = unit ? shift(nowMs, Number(amount) * (sign === '-' ? -1 : 1), unit) : nowMs;
    return round ? startOf(moved, round) : moved;
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return null;
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? null : parsed;
}

/** Both ends in milliseconds, in order; null when an end cannot be read. */
export function resolveRange(range: TimeRange, nowMs: number): ResolvedRange | null {
  const from = resolveMoment(range.from, nowMs);
  const to = resolveMoment(range.to, nowMs);
  if (from === null || to === null) return null;
  return from <= to ? { fromMs: from, toMs: to } : { fromMs: to, toMs: from };
}

export function isRelative(text: string): boolean {
  return EXPRESSION.test(text);
}

/** The same centre, twice as wide; the end never passes now. */
export function zoomOut(range: TimeRange, nowMs: number): TimeRange {
  const resolved = resolveRange(range, nowMs);
  if (!resolved) return range;
  const width = Math.max(resolved.toMs - resolved.fromMs, 60_000);
  const to = Math.min(resolved.toMs + width / 2, nowMs);
  return { from: new Date(to - width * 2).toISOString(), to: new Date(to).toISOString() };
}

/** A preset's label, or null for a range that is no preset. */
export function presetLabel(range: TimeRange): string | null {
  if (range.to !== 'now') return null;
  return RANGE_PRESETS.find(({ from }) => from === range.from)?.label ?? null;
}
