import { createLimiter, type Limiter } from '@/lib/platform/rate-limit/limiter';
import { fixedPolicy } from '@/lib/platform/rate-limit/policy-file';
import { quietLog } from './exact-log';

/** A limiter without limits, for tests that ask more in a minute than anybody should. */
export function unlimited(): Limiter {
  return createLimiter({
    policy: fixedPolicy('version: 1\nlimits: []\n'),
    redisUrl: null,
    plane: 'console',
    log: quietLog,
  });
}
