import { getEnv } from '@/lib/platform/core/env/env';
import { log } from '@/lib/platform/core/log';
import { createLimiter, type Limiter } from './limiter';
import { openPolicy } from './policy-file';

/** On the global object: Next loads this module once for each of its bundles, and they must count together. */
const shared = globalThis as typeof globalThis & { bulwarkConsoleLimiter?: Limiter };

/**
 * The limiter of the console and the management API, made at its first use.
 * @throws FileError where the policy file cannot be used
 */
export function consoleLimiter(): Limiter {
  shared.bulwarkConsoleLimiter ??= openLimiter();
  return shared.bulwarkConsoleLimiter;
}

function openLimiter(): Limiter {
  const { rateLimitFile, redisUrl, redisAnswerMs } = getEnv();
  return createLimiter({
    policy: openPolicy(rateLimitFile, log()),
    redisUrl: redisUrl ?? null,
    answerWithinMs: redisAnswerMs,
    plane: 'console',
    log: log(),
  });
}

/** For a process that ends by itself once nothing is open. */
export async function closeConsoleLimiter(): Promise<void> {
  await shared.bulwarkConsoleLimiter?.close();
  shared.bulwarkConsoleLimiter = undefined;
}

/** For tests only: another limiter in place of the one that the environment describes. */
export function useConsoleLimiter(limiter: Limiter | undefined): void {
  shared.bulwarkConsoleLimiter = limiter;
}
