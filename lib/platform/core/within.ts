/** Work that took longer than it may. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError';
}

/**
 * A promise with a bound on the time it is waited for; the work itself goes on. What arrived while this process was
 * busy with something else still counts as in time.
 * @throws TooSlowError
 */
export function within<T>(work: Promise<T>, limitMs: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const tooSlow = () => reject(new TooSlowError(`${what} did not answer within ${limitMs} ms`));
    const timer = setTimeout(() => setImmediate(tooSlow), limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
