/** Longer than statement_timeout: a server that lives has said something by then. */
const SILENCE_MAX_MS = 11_000;

/**
 * Work that must end: the driver waits for ever on a server that is paused or cut off without a word. Work that is slow
 * but gets replies is never cut.
 * @param pool what the work runs on; its bytes are watched @param giveUp ends the pool's sockets
 * @throws CONNECT_TIMEOUT, as the driver does, where the server was silent for eleven seconds
 */
export async function unlessSilent<T>(
  pool: { received(): number },
  giveUp: () => void,
  work: () => Promise<T>,
): Promise<T> {
  let heard = pool.received();
  let watch: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    watch = setInterval(() => {
      const now = pool.received();
      if (now === heard) {
        giveUp();
        reject(Object.assign(new Error('The database says nothing.'), { code: 'CONNECT_TIMEOUT' }));
      }
      heard = now;
    }, SILENCE_MAX_MS);
  });
  try {
    return await Promise.race([work(), silence]);
  } finally {
    clearInterval(watch);
  }
}
