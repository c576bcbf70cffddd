/**
 * Whether the nth event of an episode is kept whole: the first few, then one of ten, from a hundred on one of a hundred,
 * and so on: 100,000 events leave about forty.
 */
export function isSample(n: number, keepFirst: number): boolean {
  if (n <= keepFirst) return true;
  if (n < 10) return false;
  return n % 10 ** Math.floor(Math.log10(n - 1 || 1) || 1) === 0;
}

/** What a sender may have kept: tokens that come back with time. */
export interface Allowance {
  tokens: number;
  atMs: number;
}

export interface AllowanceRule {
  eventsPerSecond: number;
  burst: number;
}

/**
 * Takes one token. Time is that of receipt: what waited for the worker is no flood because of that.
 * @returns whether there was one
 */
export function takeToken(
  allowance: Allowance,
  atMs: number,
  { eventsPerSecond, burst }: AllowanceRule,
): boolean {
  const elapsedMs = Math.max(0, atMs - allowance.atMs);
  allowance.tokens = Math.min(burst, allowance.tokens + (elapsedMs / 1000) * eventsPerSecond);
  allowance.atMs = Math.max(allowance.atMs, atMs);
  if (allowance.tokens < 1) return false;
  allowance.tokens -= 1;
  return true;
}
