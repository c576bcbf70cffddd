import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { limitSubject } from './client-ip';

/** Per address and minute, each for starting a sign-in and for coming back from a provider (DESIGN 7). */
export const SIGN_INS_PER_MINUTE = 30;

const limits = {
  signin: new RateLimiterMemory({ points: SIGN_INS_PER_MINUTE, duration: 60 }),
  callback: new RateLimiterMemory({ points: SIGN_INS_PER_MINUTE, duration: 60 }),
};

export interface LimitReached {
  retryAfterSeconds: number;
  /** True once per address and window, so that a flood leaves one row in the log. */
  isFirst: boolean;
}

/** Counts one step of a sign-in; null while the address is within its limit. */
export async function countSignInStep(
  step: 'signin' | 'callback',
  ip: string | null,
): Promise<LimitReached | null> {
  try {
    await limits[step].consume(limitSubject(ip));
    return null;
  } catch (reached) {
    if (!(reached instanceof RateLimiterRes)) throw reached;
    return {
      retryAfterSeconds: Math.max(1, Math.ceil(reached.msBeforeNext / 1000)),
      isFirst: reached.consumedPoints === SIGN_INS_PER_MINUTE + 1,
    };
  }
}
