import { setTimeout as sleep } from 'node:timers/promises';
import { openPoolOf, type Pool, whileAnswered } from '@/db/connect';
import { newId } from '@/lib/platform/core/ids';
import { log } from '@/lib/platform/core/log';
import { within } from '@/lib/platform/core/within';

export interface Listener {
  /** Proves that notices arrive, and subscribes again where they do not; call it every few seconds. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

export interface ListenerOptions {
  /** Called after each (re)connection: notices may have been missed. */
  onListen?: () => void;
  /** How long heartbeats may stay away. */
  silentMs?: number;
}

const END_WITHIN_MS = 2_000;

/**
 * Listens on a Postgres channel. The driver gives up for good when its first reconnection fails, and says nothing;
 * so the listener sends itself a heartbeat, and opens a new connection when that stays away.
 * @param onMessage gets every payload but heartbeats; must not throw
 */
export function createListener(
  channel: string,
  onMessage: (payload: string) => void,
  { onListen = () => undefined, silentMs = 12_000 }: ListenerOptions = {},
): Listener {
  const heartbeat = `heartbeat:${newId()}`;
  let pool: Pool | undefined;
  let life = new AbortController();
  let heardAtMs = 0;

  /** The driver may be reconnecting at this moment; the signal ends that socket too. */
  async function end(): Promise<void> {
    const ending = pool?.sql.end({ timeout: 0 }).catch(() => undefined);
    life.abort();
    pool = undefined;
    await Promise.race([ending, sleep(END_WITHIN_MS, undefined, { ref: false })]);
  }

  /** The driver's promise may stay open for ever when the connection is lost at this moment. */
  async function confirmed(subscription: Promise<unknown>): Promise<void> {
    const late = Symbol('late');
    subscription.catch(() => undefined);
    const how = await Promise.race([subscription, sleep(silentMs, late, { ref: false })]);
    if (how !== late) return;
    await end();
    throw new Error(`Postgres did not confirm to listen to ${channel}.`);
  }

  async function subscribe(): Promise<void> {
    await end();
    life = new AbortController();
    pool = openPoolOf('app_rw', {
      max: 1,
      applicationName: `bulwark listen ${channel}`,
      signal: life.signal,
    });
    await confirmed(
      pool.sql.listen(channel, (payload) => {
        heardAtMs = performance.now();
        if (!payload.startsWith('heartbeat:')) onMessage(payload);
      }),
    );
    heardAtMs = performance.now();
    log().info({ channel }, 'listening');
    onListen();
  }

  return {
    async check() {
      if (!pool || performance.now() - heardAtMs > silentMs) await subscribe();
      // The driver can lose a query for ever when its connection ends in the middle of an answer.
      const beat = whileAnswered('app_rw', ({ sql }) => sql`select pg_notify(${channel}, ${heartbeat})`);
      await within(beat, silentMs, `Postgres, asked to notify ${channel},`);
    },
    stop: end,
  };
}
