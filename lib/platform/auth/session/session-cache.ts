import { createHmac, timingSafeEqual } from 'node:crypto';
import { RedisConnection, redisScript } from '@/db/redis';
import { getEnv, requireEnv } from '@/lib/platform/core/env/env';
import { log } from '@/lib/platform/core/log';
import { within } from '@/lib/platform/core/within';
import type { LiveSession, SessionStore } from './session';

/** From the beginning of the reading in Postgres to the last answer out of the cache; with the time to ask, below 1 s. */
const KEPT_MS = 900;
/** A value older than this by our own clock is not believed, whatever Redis says: its clock or its data went back. */
const BELIEVED_MS = 5_000;
const ANSWER_WITHIN_MS = 50;
const PAUSE_AFTER_FAILURE_MS = 1_000;
const PREFIX = 'bulwark:session:1:';

/** The value, or the time of Redis in ms, from which what is read now may be kept. */
const readScript = redisScript(`
local value = redis.call('GET', KEYS[1])
if value then return value end
local time = redis.call('TIME')
return tostring(time[1] * 1000 + math.floor(time[2] / 1000))`);
/** Expires by the time that Redis said before the reading, however late this arrives. */
const writeScript = redisScript(
  `redis.call('SET', KEYS[1], ARGV[1], 'PXAT', tonumber(ARGV[2]) + ${KEPT_MS}) return ''`,
);

interface Kept {
  readAtMs: number;
  session: Omit<LiveSession, 'expiresAt'> & { expiresAt: string };
}

function sealOf(tokenDigest: string, body: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`session-cache\0${tokenDigest}\0${body}`).digest();
}

/**
 * Sessions as Postgres had them at most a second ago. Redis only spares readings that follow each other closely: it
 * holds no session of its own, a loss or an outage means reading Postgres, and values carry a seal, so that
 * whoever can write to Redis cannot sign anybody in.
 */
export class SessionCache implements SessionStore {
  private pausedUntilMs = 0;

  constructor(
    private readonly truth: SessionStore,
    private readonly connection: Pick<RedisConnection, 'evaluate' | 'isReady' | 'delete'>,
    private readonly secret: string,
  ) {}

  async find(tokenDigest: string): Promise<LiveSession | null> {
    const readAtMs = Date.now();
    const answer = await this.ask(() => this.connection.evaluate(readScript, [PREFIX + tokenDigest], []));
    const text = answer?.toString() ?? '';
    const kept = this.open(tokenDigest, text);
    if (kept) return kept;
    const session = await this.truth.find(tokenDigest);
    if (session && /^\d+$/.test(text)) {
      const body = JSON.stringify({ readAtMs, session });
      const value = `${sealOf(tokenDigest, body, this.secret).toString('base64url')}.${body}`;
      void this.ask(() =>
        this.connection.evaluate(
          writeScript,
          [PREFIX + tokenDigest],
          [Buffer.from(value), Buffer.from(text)],
        ),
      );
    }
    return session;
  }

  /** Makes the next look-up read Postgres. Without it a change is seen within a second. */
  async forget(tokenDigest: string): Promise<void> {
    await this.ask(() => this.connection.delete([PREFIX + tokenDigest]));
  }

  private open(tokenDigest: string, text: string): LiveSession | null {
    const dot = text.indexOf('.');
    if (dot === -1) return null;
    const body = text.slice(dot + 1);
    const seal = Buffer.from(text.slice(0, dot), 'base64url');
    const expected = sealOf(tokenDigest, body, this.secret);
    if (seal.length !== expected.length || !timingSafeEqual(seal, expected)) return null;
    const { readAtMs, session } = JSON.parse(body) as Kept;
    if (Math.abs(Date.now() - readAtMs) > BELIEVED_MS) return null;
    const expiresAt = new Date(session.expiresAt);
    return expiresAt.getTime() > Date.now() ? { ...session, expiresAt } : null;
  }

  /** Null where Redis does not answer in time; then it is left alone for a moment. */
  private async ask<T>(work: () => Promise<T>): Promise<T | null> {
    if (!this.connection.isReady || performance.now() < this.pausedUntilMs) return null;
    try {
      return await within(work(), ANSWER_WITHIN_MS, 'Redis');
    } catch (error) {
      this.pausedUntilMs = performance.now() + PAUSE_AFTER_FAILURE_MS;
      log().warn({ err: error }, 'sessions are read from Postgres: Redis does not answer');
      return null;
    }
  }
}

const shared = globalThis as typeof globalThis & { bulwarkSessionCache?: SessionCache };

/** Sessions behind the cache where REDIS_URL is set, else as they are. */
export function sessionsOf(truth: SessionStore): SessionStore {
  const { redisUrl } = getEnv();
  if (redisUrl === undefined) return truth;
  shared.bulwarkSessionCache ??= new SessionCache(
    truth,
    new RedisConnection(redisUrl, (error) => log().debug({ err: error }, 'Redis not reachable')),
    requireEnv('authSecret'),
  );
  return shared.bulwarkSessionCache;
}

/** After a change that the same browser must see with its next request. */
export async function forgetSession(tokenDigest: string): Promise<void> {
  await shared.bulwarkSessionCache?.forget(tokenDigest);
}
