import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * Whether a reader of /metrics may have them: with METRICS_TOKEN only who sends it as a bearer token. Without one only
 * where `isPrivate`: the port is not for the public, as the gate's and the worker's.
 */
export function mayReadMetrics(
  authorization: string | null | undefined,
  token: string | undefined,
  isPrivate: boolean,
): boolean {
  if (token === undefined) return isPrivate;
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
}
