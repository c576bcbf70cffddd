import { openPoolOf, type Pool, poolOf } from '@/db/connect';
import { newId } from '@/lib/core/ids';
import { log } from '@/lib/core/log';

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
  let heardAtMs = 0;

  async function subscribe(): Promise<void> {
    await pool?.sql.end({ timeout: 0 }).catch(() => undefined);
    pool = openPoolOf('app_rw', { max: 1, applicationName: `bulwark listen ${channel}` });
    await pool.sql.listen(channel, (payload) => {
      heardAtMs = performance.now();
      if (!payload.startsWith('heartbeat:')) onMessage(payload);
    });
    heardAtMs = performance.now();
    log().info({ channel }, 'listening');
    onListen();
  }

  return {
    async check() {
      if (!pool || performance.now() - heardAtMs > silentMs) await subscribe();
      await poolOf('app_rw').sql`select pg_notify(${channel}, ${heartbeat})`;
    },
    async stop() {
      await pool?.sql.end({ timeout: 1 });
      pool = undefined;
    },
  };
}
