import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { RedisConnection } from '@/db/redis';

/** A Redis of a test's own, without persistence. */
export interface TestRedis {
  url: string;
  /** SIGKILL; `start` brings an empty one back at the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** SIGSTOP: it accepts what is sent and says nothing. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const connection = new RedisConnection(url, () => undefined);
  try {
    const givesUpMs = performance.now() + 10_000;
    while (!connection.isReady) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
      if (performance.now() > givesUpMs) throw new Error('redis-server does not answer');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    connection.close();
  }
}

/** @param options more of its command line, such as `--maxmemory 2mb` in single words */
export async function startRedis(options: readonly string[] = []): Promise<TestRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess;
  const start = async () => {
    const words = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      '/tmp',
    ];
    child = spawn('redis-server', [...words, ...options], { stdio: 'ignore' });
    const failed = once(child, 'error').then(([error]) => {
      throw new Error(
        'redis-server is needed for this test. Install it (Debian: apt-get install redis-server).',
        {
          cause: error,
        },
      );
    });
    await Promise.race([untilReady(url, child), failed]);
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    url,
    kill,
    start,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    close: kill,
  };
}
