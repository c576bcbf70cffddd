/** When something happened, as its source says it. */
export interface EventTime {
  /** As it was sent; empty where nothing was. */
  text: string;
  /** Unix milliseconds with the microseconds behind the point; null where the text is no time that can be used. */
  ms: number | null;
}

/** RFC 3339 with up to nine decimals, and an offset or Z. Falco writes nine and Z. */
const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|z|[+-]\d{2}:?\d{2})$/;
const TEXT_MAX = 64;
const FIRST_MS = Date.UTC(1970, 0, 1);
const LAST_MS = Date.UTC(9999, 0, 1);

function offsetMs(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Reads a time without losing its text: nine decimals are part of an event's identity. */
export function readEventTime(given: unknown): EventTime {
  if (typeof given !== 'string') return { text: '', ms: null };
  const text = given.trim().slice(0, TEXT_MAX);
  const match = RFC_3339.exec(text);
  if (!match) return { text, ms: null };
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = offsetMs(match[8] ?? 'Z');
  const whole = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59));
  const isDay = new Date(whole).getUTCDate() === day && month >= 1 && month <= 12;
  if (offset === null || !isDay || hour > 23 || minute > 59 || second > 60) return { text, ms: null };
  const fraction = Number(`0.${match[7] ?? '0'}`);
  const ms = whole - offset + Math.floor(fraction * 1_000_000) / 1_000;
  return { text, ms: ms >= FIRST_MS && ms < LAST_MS ? ms : null };
}

/** A moment as Postgres reads it, to the microsecond. */
export function isoMicroseconds(ms: number): string {
  const wholeMs = Math.floor(ms);
  const rest = String(Math.min(999, Math.round((ms - wholeMs) * 1_000))).padStart(3, '0');
  return new Date(wholeMs).toISOString().replace('Z', `${rest}Z`);
}
