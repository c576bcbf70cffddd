/** Work that took longer than it may. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError';
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * The same for a command that a client writes at the end of the present turn of the event loop: the time begins when it
 * was written, so that a process that was not given the processor does not take its own delay for the other side's.
 * @throws TooSlowError
 */
export async function withinOnceWritten<T>(work: Promise<T>, limitMs: number, what: string): Promise<T> {
  work.catch(() => undefined);
  await nextTurn();
  await nextTurn();
  return within(work, limitMs, what);
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
