import { createHash } from 'node:crypto';
import { createClient, RESP_TYPES } from 'redis';

/** A Lua script that answers one string, kept by Redis under its digest. */
export interface RedisScript {
  text: string;
  sha1: string;
}

export function redisScript(text: string): RedisScript {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

const RECONNECT_MS_MIN = 200;
const RECONNECT_MS_MAX = 2_000;
const CONNECT_TIMEOUT_MS = 1_000;
const COMMANDS_WAITING_MAX = 10_000;

/** Half of the delay is chance, so that many processes do not come back at the same moment. */
function reconnectDelayMs(retries: number): number {
  const delayMs = Math.min(RECONNECT_MS_MAX, RECONNECT_MS_MIN * 2 ** Math.min(retries, 6));
  return delayMs / 2 + Math.random() * (delayMs / 2);
}

function clientOf(url: string) {
  return createClient({
    url,
    name: 'bulwark',
    disableOfflineQueue: true,
    commandsQueueMaxLength: COMMANDS_WAITING_MAX,
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: reconnectDelayMs, noDelay: true },
  }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
}

/**
 * One connection to Redis that comes back by itself. While it is down every command fails at once; none is repeated,
 * since nobody knows whether a command that was cut off took effect. Callers bound the time they wait.
 */
export class RedisConnection {
  private client: ReturnType<typeof clientOf>;
  private isClosed = false;

  /** @param onError every failure to connect, and what broke the connection */
  constructor(
    private readonly url: string,
    private readonly onError: (error: Error) => void,
  ) {
    this.client = this.open();
  }

  get isReady(): boolean {
    return this.client.isReady;
  }

  /** All keys lie on one node: with Redis Cluster they share a hash tag. @throws what Redis or the connection says */
  async evaluate(script: RedisScript, keys: string[], args: Buffer[]): Promise<Buffer> {
    const options = { keys, arguments: args };
    try {
      return (await this.client.evalSha(script.sha1, options)) as unknown as Buffer;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return (await this.client.eval(script.text, options)) as unknown as Buffer;
    }
  }

  async ping(): Promise<void> {
    await this.client.ping();
  }

  async get(key: string): Promise<Buffer | null> {
    return (await this.client.get(key)) as unknown as Buffer | null;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.client.set(key, value, { expiration: { type: 'PX', value: ttlMs } });
  }

  async delete(keys: string[]): Promise<void> {
    if (keys.length > 0) await this.client.del(keys);
  }

  /** Gives up a connection on which nothing comes back, with all that waits on it, and opens another. */
  reopen(): void {
    if (this.isClosed) return;
    this.client.destroy();
    this.client = this.open();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.client.destroy();
  }

  private open(): ReturnType<typeof clientOf> {
    const client = clientOf(this.url);
    client.on('error', (error: Error) => {
      if (!this.isClosed) this.onError(error);
    });
    client.connect().catch(() => undefined);
    return client;
  }
}
