import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisConnection, redisScript } from '@/db/redis';
import { admittedAtMost, quietLog, requestBy, testLimit } from '@/lib/platform/rate-limit/test/exact-log';
import { startRedis, type TestRedis } from '@/lib/platform/rate-limit/test/redis-server';
import type { LimitVerdict } from './contract';
import { createLimiter, type Limiter } from './limiter';
import { fixedPolicy } from './policy-file';
import { LIMIT_SCRIPT, SLOTS_PER_WINDOW } from './redis-script';
import { takeInRedis } from './redis-store';

let redis: TestRedis;
let connection: RedisConnection;

beforeAll(async () => {
  redis = await startRedis();
  connection = new RedisConnection(redis.url, () => undefined);
  while (!connection.isReady) await new Promise((resolve) => setTimeout(resolve, 10));
});
afterAll(async () => {
  connection.close();
  await redis.close();
});

const flush = redisScript("redis.call('FLUSHALL') return ''");
beforeEach(async () => {
  await connection.evaluate(flush, [], []);
});

const findCounter = redisScript("return redis.call('KEYS', '*|user:a')[1]");

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The script with a clock that the test sets, in ms. */
const clockedScript = redisScript(
  LIMIT_SCRIPT.replace("redis.call('TIME')", '{ math.floor(ARGV[3] / 1000), (ARGV[3] % 1000) * 1000 }'),
);

class ClockedCounter {
  private static last = 0;
  private readonly key = `clocked:${++ClockedCounter.last}`;

  constructor(
    private readonly quota: number,
    private readonly windowMs: number,
  ) {}

  async take(nowMs: number, cost: number): Promise<{ isAllowed: boolean; used: number; retryMs: number }> {
    const limits = Buffer.alloc(16);
    limits.writeDoubleLE(this.quota, 0);
    limits.writeDoubleLE(this.windowMs, 8);
    const request = Buffer.alloc(10);
    request.writeUInt8(1, 0);
    request.writeUInt32LE(1, 1);
    request.writeUInt32LE(cost, 5);
    const answer = await connection.evaluate(
      clockedScript,
      [this.key],
      [limits, request, Buffer.from(String(nowMs))],
    );
    return { isAllowed: answer[16] === 0, used: answer.readDoubleLE(0), retryMs: answer.readUInt32LE(12) };
  }
}

const START_MS = 1_790_000_000_000;
const WINDOW_MS = 6_400;
const SLOT_MS = WINDOW_MS / SLOTS_PER_WINDOW;

describe('the script', () => {
  it('never admits more than the quota in a window, and counts nothing longer than one slot too long', async () => {
    const gap = fc.oneof(
      fc.nat(3),
      fc.nat(2_000),
      fc.constantFrom(SLOT_MS - 1, SLOT_MS, WINDOW_MS - 1, WINDOW_MS),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ gap, cost: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 4, max: 30 }),
        async (requests, quota) => {
          const counter = new ClockedCounter(quota, WINDOW_MS);
          const log: { atMs: number; cost: number }[] = [];
          let nowMs = START_MS;
          for (const { gap: gapMs, cost } of requests) {
            nowMs += gapMs;
            const within = (lengthMs: number) =>
              log.filter(({ atMs }) => atMs > nowMs - lengthMs).reduce((sum, e) => sum + e.cost, 0);
            const { isAllowed, retryMs } = await counter.take(nowMs, cost);
            if (isAllowed) log.push({ atMs: nowMs, cost });
            else {
              expect(within(WINDOW_MS + SLOT_MS) + cost).toBeGreaterThan(quota);
              expect(retryMs).toBeGreaterThan(0);
              expect(retryMs).toBeLessThanOrEqual(WINDOW_MS + SLOT_MS);
            }
          }
          expect(admittedAtMost(log, WINDOW_MS)).toBeLessThanOrEqual(quota);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('admits no more when the clock of Redis goes back, and recovers within a window and a slot', async () => {
    const step = fc.record({ gap: fc.nat(1_500), back: fc.oneof(fc.constant(0), fc.nat(10_000_000)) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 100 }), async (steps) => {
        const counter = new ClockedCounter(10, WINDOW_MS);
        const admitted: { atMs: number; cost: number }[] = [];
        let trueMs = START_MS;
        let offsetMs = 0;
        for (const { gap, back } of steps) {
          trueMs += gap;
          offsetMs -= back;
          if ((await counter.take(trueMs + offsetMs, 1)).isAllowed) admitted.push({ atMs: trueMs, cost: 1 });
        }
        expect(admittedAtMost(admitted, WINDOW_MS)).toBeLessThanOrEqual(10);
        const { used } = await counter.take(trueMs + offsetMs + WINDOW_MS + SLOT_MS, 1);
        expect(used).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  it('admits at most one window more for every time the clock jumps ahead', async () => {
    const step = fc.record({ gap: fc.nat(200), ahead: fc.oneof(fc.constant(0), fc.nat(100_000)) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const counter = new ClockedCounter(5, WINDOW_MS);
        const admitted: { atMs: number; cost: number }[] = [];
        let trueMs = START_MS;
        let aheadMs = 0;
        let jumps = 0;
        for (const { gap, ahead } of steps) {
          trueMs += gap;
          aheadMs += ahead;
          if (ahead > 0) jumps += 1;
          if ((await counter.take(trueMs + aheadMs, 1)).isAllowed) admitted.push({ atMs: trueMs, cost: 1 });
        }
        expect(admittedAtMost(admitted, WINDOW_MS)).toBeLessThanOrEqual(5 * (jumps + 1));
      }),
      { numRuns: 40 },
    );
  });

  it('says when there is room', async () => {
    const counter = new ClockedCounter(3, WINDOW_MS);
    for (const atMs of [0, 500, 900]) await counter.take(START_MS + atMs, 1);
    const { isAllowed, retryMs } = await counter.take(START_MS + 1_000, 2);
    expect(isAllowed).toBe(false);
    expect((await counter.take(START_MS + 1_000 + retryMs - 1, 2)).isAllowed).toBe(false);
    expect((await counter.take(START_MS + 1_000 + retryMs, 2)).isAllowed).toBe(true);
  });
});

describe('a batch', () => {
  it('takes all limits of a request or none, in order, whatever the number of tenants and counters', async () => {
    const narrow = testLimit('narrow', 3, 60_000);
    const wide = testLimit('wide', 40, 60_000);
    const quiet = testLimit('quiet', 1, 60_000, { isShadow: true });
    const batch = Array.from({ length: 3_000 }, (_, i) => {
      const tenant = `{${i % 3}}`;
      return [
        { limit: narrow, counter: `${tenant}narrow${i % 900}`, cost: 1 },
        { limit: wide, counter: `${tenant}wide${i % 60}`, cost: 1 },
        { limit: quiet, counter: `${tenant}quiet${i % 60}`, cost: 1 },
      ];
    });
    await connection
      .evaluate(redisScript("redis.call('SCRIPT', 'FLUSH') return ''"), [], [])
      .catch(() => undefined);
    const tallies = await takeInRedis(connection, [...batch, []]);
    const used = new Map<string, number>();
    for (const [i, uses] of batch.entries()) {
      const refused = uses.map(({ counter, limit }) => (used.get(counter) ?? 0) + 1 > limit.quota);
      const isAllowed = !refused.some((isRefused, at) => isRefused && !uses[at]?.limit.isShadow);
      expect({ i, isAllowed: tallies[i]?.isAllowed, refused: tallies[i]?.refused }).toEqual({
        i,
        isAllowed,
        refused,
      });
      if (!isAllowed) continue;
      for (const [at, { counter }] of uses.entries())
        if (!refused[at]) used.set(counter, (used.get(counter) ?? 0) + 1);
    }
    expect(tallies.at(-1)?.isAllowed).toBe(true);
    const last = tallies[2_999];
    expect(last?.used).toEqual(batch[2_999]?.map(({ counter }) => used.get(counter) ?? 0));
  });
});

const policyOf = (...limits: string[]) =>
  fixedPolicy(`version: 1\nfallbackShare: 0.5\nlimits:\n${limits.map((l) => `  - ${l}\n`).join('')}`);

async function limiterOf(...limits: string[]): Promise<Limiter> {
  const limiter = createLimiter({ policy: policyOf(...limits), redisUrl: redis.url, log: quietLog });
  await limiter.ready;
  return limiter;
}

/** For tests of what is counted, not of how soon: a busy machine may not turn their requests over to local counting. */
async function patientLimiterOf(...limits: string[]): Promise<Limiter> {
  const options = { policy: policyOf(...limits), redisUrl: redis.url, log: quietLog, answerWithinMs: 5_000 };
  const limiter = createLimiter(options);
  await limiter.ready;
  return limiter;
}

async function checkOne(limiter: Limiter, more = {}): Promise<LimitVerdict> {
  const [verdict] = await limiter.check([requestBy(more)]);
  if (!verdict) throw new Error('No verdict');
  return verdict;
}

async function until(isTrue: () => boolean, withinMs: number): Promise<number> {
  const startedMs = performance.now();
  while (!isTrue()) {
    if (performance.now() - startedMs > withinMs) throw new Error(`Not within ${withinMs} ms`);
    await sleep(10);
  }
  return performance.now() - startedMs;
}

describe('limiters on one Redis', () => {
  it('8 of them at once never admit more than the quota in a window, nor much less', async () => {
    const limit = '{ name: shared, per: user, windows: [{ quota: 50, window: 1s }] }';
    const limiters = await Promise.all(Array.from({ length: 8 }, () => patientLimiterOf(limit)));
    const admitted: { atMs: number; cost: number }[] = [];
    let slowestMs = 0;
    let degraded = 0;
    const endMs = performance.now() + 3_500;
    const caller = async (limiter: Limiter, seed: number) => {
      for (let i = 0; performance.now() < endMs; i++) {
        const sentMs = performance.now();
        const verdicts = await limiter.check([requestBy(), requestBy()]);
        const atMs = performance.now();
        slowestMs = Math.max(slowestMs, atMs - sentMs);
        for (const { isAllowed, isDegraded } of verdicts) {
          if (isDegraded) degraded += 1;
          if (isAllowed) admitted.push({ atMs, cost: 1 });
        }
        await sleep((i * seed) % 7);
      }
    };
    await Promise.all(limiters.flatMap((limiter, i) => [caller(limiter, i + 1), caller(limiter, i + 3)]));
    await Promise.all(limiters.map((limiter) => limiter.close()));
    expect(degraded).toBe(0);
    expect(admittedAtMost(admitted, 1_000 - slowestMs)).toBeLessThanOrEqual(50);
    expect(admitted.length).toBeGreaterThanOrEqual(150);
    expect(admitted.length).toBeLessThanOrEqual(200);
  });

  it('admit no more than the quota and their own share after Redis lost everything', async () => {
    const text = '{ name: a, per: user, windows: [{ quota: 20, window: 1h }] }';
    const [one, two] = [await limiterOf(text), await limiterOf(text)];
    const admittedBy = async (limiter: Limiter, count: number) => {
      let admitted = 0;
      for (let i = 0; i < count; i++) if ((await checkOne(limiter)).isAllowed) admitted += 1;
      return admitted;
    };
    const before = (await admittedBy(one, 16)) + (await admittedBy(two, 10));
    await connection.evaluate(flush, [], []);
    const after = (await admittedBy(two, 30)) + (await admittedBy(one, 30));
    expect([before, after]).toEqual([20, 6]);
    await Promise.all([one.close(), two.close()]);
  });

  it('lose one counter where Redis holds nonsense, and nobody else anything', async () => {
    const limiter = await limiterOf('{ name: a, per: user, windows: [{ quota: 3, window: 1h }] }');
    for (const userId of ['a', 'b']) for (let i = 0; i < 3; i++) await checkOne(limiter, { userId });
    const key = (await connection.evaluate(findCounter, [], [])).toString();
    for (const nonsense of ['x', '12345678', '\u00ff'.repeat(38), 'nan-nan-nan-nan-nan-nan-']) {
      await connection.set(key, nonsense, 3_600_000);
      const verdicts = [await checkOne(limiter, { userId: 'a' }), await checkOne(limiter, { userId: 'b' })];
      expect(verdicts.map(({ isDegraded }) => isDegraded)).toEqual([false, false]);
      expect(verdicts[1]?.isAllowed).toBe(false);
    }
    expect(limiter.state).toMatchObject({ store: 'redis', fallbacks: 0 });
    await limiter.close();
  });

  it('tells nobody to wait longer than the window', async () => {
    const limiter = await limiterOf('{ name: a, per: user, windows: [{ quota: 3, window: 64s }] }');
    for (let i = 0; i < 5; i++) {
      const { limit } = await checkOne(limiter);
      expect(limit?.resetSeconds).toBeLessThanOrEqual(64);
    }
    await limiter.close();
  });

  it('admit nothing more alone after Redis lost everything', async () => {
    const limiter = await limiterOf('{ name: a, per: user, windows: [{ quota: 20, window: 1h }] }');
    let admitted = 0;
    for (let i = 0; i < 60; i++) {
      if (i === 30) await connection.evaluate(flush, [], []);
      if ((await checkOne(limiter)).isAllowed) admitted += 1;
    }
    await limiter.close();
    expect(admitted).toBe(20);
  });
});

describe('a limiter without its Redis', () => {
  const limits = [
    '{ name: local, at: gate, per: user, windows: [{ quota: 10, window: 1h }] }',
    '{ name: open, per: ip, match: { paths: [/open] }, onStoreFailure: open, windows: [{ quota: 1, window: 1h }] }',
    '{ name: closed, per: ip, match: { paths: [/closed] }, onStoreFailure: closed, windows: [{ quota: 9, window: 1h }] }',
  ];

  it.each([
    ['killed', { break: () => redis.kill(), mend: () => redis.start() }],
    ['paused', { break: async () => redis.pause(), mend: async () => redis.resume() }],
  ])(
    '%s: falls back within 100 ms to a lower cap, and returns by itself',
    async (_, { break: breakIt, mend }) => {
      const limiter = await limiterOf(...limits);
      expect(limiter.state).toMatchObject({ store: 'redis', fallbacks: 0, storeError: null });
      await breakIt();
      const startedMs = performance.now();
      const verdicts = await Promise.all(Array.from({ length: 40 }, () => checkOne(limiter)));
      expect(performance.now() - startedMs).toBeLessThan(100);
      expect(verdicts.filter(({ isAllowed }) => isAllowed)).toHaveLength(5);
      expect(verdicts[0]).toMatchObject({ isDegraded: true, limit: { quota: 5 } });
      for (const endMs = performance.now() + 2_000; limiter.state.store !== 'fallback'; await sleep(10)) {
        expect((await checkOne(limiter, { userId: 'waits' })).isDegraded).toBe(true);
        expect(performance.now()).toBeLessThan(endMs);
      }
      expect(limiter.state.fallbacks).toBe(1);
      expect(limiter.state.storeError).toBeTruthy();
      const opened = await checkOne(limiter, { path: '/open', userId: 'b' });
      expect(opened).toMatchObject({ isAllowed: true, limit: { name: 'local' } });
      expect(await checkOne(limiter, { path: '/closed' })).toMatchObject({
        isAllowed: false,
        isUnavailable: true,
        retryAfterSeconds: 5,
      });
      await mend();
      await until(() => limiter.state.store === 'redis', 12_000);
      expect(await checkOne(limiter, { userId: 'c' })).toMatchObject({
        isDegraded: false,
        limit: { quota: 10 },
      });
      await limiter.close();
      while (!connection.isReady) await sleep(20);
    },
  );

  it('keeps a Redis that answers while this process is not given the processor', async () => {
    const limiter = await limiterOf('{ name: a, per: user, windows: [{ quota: 1000, window: 1h }] }');
    for (let i = 0; i < 12; i++) {
      const waiting = checkOne(limiter);
      for (const endMs = performance.now() + 90; performance.now() < endMs; );
      setImmediate(() => {
        for (const endMs = performance.now() + 90; performance.now() < endMs; );
      });
      expect((await waiting).isDegraded).toBe(false);
    }
    expect(limiter.state).toMatchObject({ store: 'redis', fallbacks: 0 });
    await limiter.close();
  });

  it('starts while Redis is down and finds it later', async () => {
    await redis.kill();
    const limiter = await limiterOf(...limits);
    expect(await checkOne(limiter)).toMatchObject({ isAllowed: true, isDegraded: true });
    await redis.start();
    await until(() => limiter.state.store === 'redis', 12_000);
    await limiter.close();
    while (!connection.isReady) await sleep(20);
  });

  it('takes errors of a full Redis for its absence', async () => {
    const full = await startRedis(['--maxmemory', '1', '--maxmemory-policy', 'noeviction']);
    const limiter = createLimiter({ policy: policyOf(...limits), redisUrl: full.url, log: quietLog });
    await limiter.ready;
    expect(await checkOne(limiter)).toMatchObject({ isAllowed: true, isDegraded: true });
    expect(limiter.state.storeError).toMatch(/OOM|maxmemory/i);
    await limiter.close();
    await full.close();
  });

  it('never keeps the process: closing it settles what waits', async () => {
    const limiter = await limiterOf(...limits);
    redis.pause();
    const waiting = checkOne(limiter);
    await limiter.close();
    expect((await waiting).isDegraded).toBe(true);
    redis.resume();
  });
});

describe('keys that do not exist', () => {
  it('are counted together: an address that failed elsewhere waits after its next failure', async () => {
    const limit = '{ name: f, counts: failed_keys, per: ip, windows: [{ quota: 3, window: 1m }] }';
    const [one, two] = [await limiterOf(limit), await limiterOf(limit)];
    for (let i = 0; i < 3; i++) await one.failedKeys.count('192.0.2.9');
    expect(one.failedKeys.waitSeconds('192.0.2.9')).toBeGreaterThan(55);
    expect(two.failedKeys.waitSeconds('192.0.2.9')).toBe(0);
    await two.failedKeys.count('192.0.2.9');
    expect(two.failedKeys.waitSeconds('192.0.2.9')).toBeGreaterThan(55);
    await one.close();
    await two.close();
  });
});
