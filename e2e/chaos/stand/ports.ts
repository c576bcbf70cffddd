import { createServer } from 'node:net';

const FIRST = 4800;
const LAST = 4899;
let next = FIRST;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A port of our range that nobody uses; never the same twice in a process, so that what was stopped can come back. */
export async function chaosPort(): Promise<number> {
  while (next <= LAST) {
    const port = next++;
    if (await isFree(port)) return port;
  }
  throw new Error(`No port between ${FIRST} and ${LAST} is free.`);
}
