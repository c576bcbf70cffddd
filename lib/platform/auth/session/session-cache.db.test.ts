import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisConnection, redisScript } from '@/db/redis';
import { mintSession } from '@/db/test/mint-session';
import { openScene, type Scene, userActor } from '@/db/test/scene';
import { signOut } from '@/lib/platform/auth/sign-in/sign-out';
import { startRedis, type TestRedis } from '@/lib/platform/rate-limit/test/redis-server';
import { changeMemberRole } from '@/lib/platform/tenancy/change-member-role';
import { disableMember } from '@/lib/platform/tenancy/disable-member';
import { postgresSessions, type SessionStore } from './session';
import { SessionCache } from './session-cache';
import { digestSessionToken } from './session-token';

const SECRET = 'q8Jx2VbN5kLr7TzW1cYd4FhGm9PsQe6u';
let scene: Scene;
let redis: TestRedis;
let connection: RedisConnection;
beforeAll(async () => {
  scene = await openScene();
  redis = await startRedis();
  connection = new RedisConnection(redis.url, () => undefined);
  await ready();
});
afterAll(async () => {
  connection.close();
  await redis.close();
  await scene.close();
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function ready() {
  while (!connection.isReady) await sleep(10);
}

/** Postgres, counting how often it was asked. */
function counted(): SessionStore & { reads: number } {
  const store = {
    reads: 0,
    find(digest: string) {
      store.reads += 1;
      return postgresSessions.find(digest);
    },
  };
  return store;
}

async function person() {
  const minted = await mintSession({ role: 'operator', name: 'ada' });
  return { ...minted, digest: digestSessionToken(minted.token) };
}

/** How long after the change another process still gets the old answer. */
async function msUntil(isSeen: () => Promise<boolean>): Promise<number> {
  const startedMs = performance.now();
  while (!(await isSeen())) {
    if (performance.now() - startedMs > 3_000) throw new Error('Never seen');
    await sleep(5);
  }
  return performance.now() - startedMs;
}

const requestInfo = { requestId: 'r', ip: null, userAgent: null, method: null, host: null, path: null };

describe('the session cache', () => {
  it('spares Postgres the readings that follow closely, also those of another process', async () => {
    const { digest, userId } = await person();
    const truth = counted();
    const [one, two] = [
      new SessionCache(truth, connection, SECRET),
      new SessionCache(truth, connection, SECRET),
    ];
    const first = await one.find(digest);
    await sleep(20);
    const again = await one.find(digest);
    expect(again).toEqual(first);
    expect(again?.expiresAt).toBeInstanceOf(Date);
    expect(await two.find(digest)).toMatchObject({ userId, role: 'operator' });
    expect(truth.reads).toBe(1);
    expect(await one.find('0'.repeat(64))).toBeNull();
  });

  it('shows a sign-out, a disabled member and a changed role to every process within a second', async () => {
    const admin = await userActor('operator');
    const other = new SessionCache(postgresSessions, connection, SECRET);
    const changes: [string, (p: Awaited<ReturnType<typeof person>>) => Promise<unknown>, string | null][] = [
      ['sign-out', ({ token }) => signOut(token, requestInfo), null],
      ['disabled', ({ userId }) => disableMember(admin, userId), 'none'],
      ['role', ({ userId }) => changeMemberRole(admin, userId, 'auditor'), 'auditor'],
    ];
    for (const [name, change, expected] of changes) {
      const ada = await person();
      const busy = async () => {
        const session = await other.find(ada.digest);
        return session === null ? null : (session.role ?? 'none');
      };
      expect(await busy(), name).toBe('operator');
      await sleep(30);
      await change(ada);
      expect(await msUntil(async () => (await busy()) === expected), name).toBeLessThan(1_000);
    }
  });

  it('reads Postgres at once after the session was forgotten', async () => {
    const { digest, token } = await person();
    const cache = new SessionCache(postgresSessions, connection, SECRET);
    await cache.find(digest);
    await sleep(20);
    await signOut(token, requestInfo);
    await cache.forget(digest);
    expect(await cache.find(digest)).toBeNull();
  });

  it('believes nobody who can only write to Redis', async () => {
    const { digest, sessionId } = await person();
    const victim = await person();
    const cache = new SessionCache(postgresSessions, connection, SECRET);
    const key = (of: string) => `bulwark:session:1:${of}`;
    const set = redisScript("redis.call('SET', KEYS[1], ARGV[1]) return ''");
    const get = redisScript("return redis.call('GET', KEYS[1]) or ''");
    await cache.find(digest);
    await sleep(20);
    const own = (await connection.evaluate(get, [key(digest)], [])).toString();
    expect(own).toContain('"role":"operator"');
    for (const forged of [own, own.replace('operator', 'auditor'), '.{}', 'x', '{"session":{}}']) {
      await connection.evaluate(set, [key(victim.digest)], [Buffer.from(forged)]);
      expect((await cache.find(victim.digest))?.id).toBe(victim.sessionId);
    }
    await connection.evaluate(set, [key(digest)], [Buffer.from(own.replace('"operator"', '"analyst"'))]);
    expect(await cache.find(digest)).toMatchObject({ id: sessionId, role: 'operator' });
  });

  it('keeps nothing that arrives in Redis late', async () => {
    const { digest, token } = await person();
    const truth: SessionStore = {
      async find(of) {
        const session = await postgresSessions.find(of);
        redis.pause();
        return session;
      },
    };
    await new SessionCache(truth, connection, SECRET).find(digest);
    await sleep(950);
    await signOut(token, requestInfo);
    redis.resume();
    await sleep(30);
    expect(await new SessionCache(postgresSessions, connection, SECRET).find(digest)).toBeNull();
  });

  it.each([
    ['paused', () => redis.pause(), () => redis.resume()],
    ['gone', () => redis.kill(), () => redis.start()],
  ])('answers from Postgres while Redis is %s', async (_, broken, mend) => {
    const { digest, userId } = await person();
    const cache = new SessionCache(postgresSessions, connection, SECRET);
    await broken();
    const startedMs = performance.now();
    for (let i = 0; i < 3; i++) expect(await cache.find(digest)).toMatchObject({ userId });
    expect(performance.now() - startedMs).toBeLessThan(500);
    await mend();
    await ready();
  });
});
