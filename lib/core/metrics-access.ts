import { createHash, timingSafeEqual } from 'node:crypto';
import { getEnv } from './env';

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * Whether a reader of /metrics may have them: with METRICS_TOKEN only who sends it as a bearer token. Without one only
 * where `isPrivate`: the port is not for the public, as the gate's and the worker's.
 */
export function mayReadMetrics(authorization: string | null | undefined, isPrivate: boolean): boolean {
  const { metricsToken } = getEnv();
  if (metricsToken === undefined) return isPrivate;
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${metricsToken}`));
}
