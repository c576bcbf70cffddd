export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const DURATION_UNITS_MS: Record<string, number> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/**
 * Reads a duration such as `0`, `90s`, `15m`, `24h`, `90d`.
 * @returns milliseconds, or `null` where the text is not a duration
 */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  const unit = match?.[2] ? DURATION_UNITS_MS[match[2]] : undefined;
  return match && unit ? Number(match[1]) * unit : null;
}

/** Writes milliseconds in the largest unit that divides them, the inverse of {@link parseDuration}. */
export function formatDuration(durationMs: number): string {
  for (const [unit, unitMs] of Object.entries(DURATION_UNITS_MS).reverse()) {
    if (durationMs > 0 && durationMs % unitMs === 0) return `${durationMs / unitMs}${unit}`;
  }
  return '0';
}
