import { createLimiter, type Limiter } from '../limiter';
import { fixedPolicy } from '../policy-file';
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
