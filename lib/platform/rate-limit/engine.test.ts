import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admittedAtMost, quietLog, requestBy, testLimit } from '@/lib/platform/rate-limit/test/exact-log';
import type { LimitedRequest } from './contract';
import { limitDetails, limitHeaders } from './limit-headers';
import { createLimiter, type Limiter } from './limiter';
import { MemoryStore } from './memory-store';
import { fixedPolicy } from './policy-file';
import { SlidingWindow } from './sliding-window';

const policyOf = (...limits: string[]) =>
  fixedPolicy(`version: 1\nlimits:\n${limits.map((l) => `  - ${l}\n`).join('')}`);

function limiterOf(clock: { nowMs: number }, ...limits: string[]): Limiter {
  return createLimiter({
    policy: policyOf(...limits),
    redisUrl: null,
    log: quietLog,
    now: () => clock.nowMs,
  });
}

function checkOne(limiter: Limiter, request: Partial<LimitedRequest> = {}) {
  const verdicts = limiter.check([requestBy(request)]);
  if (verdicts instanceof Promise) throw new Error('Memory answers at once');
  const [verdict] = verdicts;
  if (!verdict) throw new Error('No verdict');
  return verdict;
}

const steps = (max: number) =>
  fc.array(
    fc.record({
      gapMs: fc.oneof(fc.nat(3), fc.nat(400), fc.constantFrom(999, 1000, 1001)),
      cost: fc.integer({ min: 1, max }),
    }),
    {
      minLength: 1,
      maxLength: 400,
    },
  );

describe('a sliding window in memory', () => {
  it('admits exactly what an exact log admits, up to a quota of 256', () => {
    fc.assert(
      fc.property(steps(3), fc.integer({ min: 3, max: 40 }), (requests, quota) => {
        const window = new SlidingWindow(1_000);
        const log: { atMs: number; cost: number }[] = [];
        let nowMs = 0;
        for (const { gapMs, cost } of requests) {
          nowMs += gapMs;
          const counted = log.filter(({ atMs }) => atMs > nowMs - 1_000).reduce((sum, e) => sum + e.cost, 0);
          expect(window.usedAt(nowMs)).toBe(counted);
          if (counted + cost > quota) continue;
          window.add(cost, quota, nowMs);
          log.push({ atMs: nowMs, cost });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('admits no more than a large quota, and refuses only what a window 1/256 longer refuses', () => {
    fc.assert(
      fc.property(steps(40), fc.integer({ min: 300, max: 2_000 }), (requests, quota) => {
        const window = new SlidingWindow(1_000);
        const log: { atMs: number; cost: number }[] = [];
        let nowMs = 0;
        for (const { gapMs, cost } of requests) {
          nowMs += gapMs;
          const inWindow = (lengthMs: number) =>
            log.filter(({ atMs }) => atMs > nowMs - lengthMs).reduce((sum, e) => sum + e.cost, 0);
          const isAdmitted = window.usedAt(nowMs) + cost <= quota;
          if (isAdmitted) {
            expect(inWindow(1_000) + cost).toBeLessThanOrEqual(quota);
            window.add(cost, quota, nowMs);
            log.push({ atMs: nowMs, cost });
          } else {
            expect(inWindow(1_000 + 1_000 / 256) + cost).toBeGreaterThan(quota);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never admits more when its clock goes back, and recovers after one window', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gapMs: fc.nat(300), backMs: fc.oneof(fc.constant(0), fc.nat(100_000)) }), {
          minLength: 1,
          maxLength: 300,
        }),
        (requests) => {
          const window = new SlidingWindow(1_000);
          const admitted: { atMs: number; cost: number }[] = [];
          let trueMs = 1_000_000;
          let offsetMs = 0;
          for (const { gapMs, backMs } of requests) {
            trueMs += gapMs;
            offsetMs -= backMs;
            const nowMs = trueMs + offsetMs;
            if (window.usedAt(nowMs) + 1 > 10) continue;
            window.add(1, 10, nowMs);
            admitted.push({ atMs: trueMs, cost: 1 });
          }
          expect(admittedAtMost(admitted, 1_000)).toBeLessThanOrEqual(10);
          expect(window.usedAt(trueMs + offsetMs + 1_000)).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('says to the millisecond when there is room', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200), { minLength: 10, maxLength: 60 }),
        fc.integer({ min: 1, max: 10 }),
        (gaps, cost) => {
          const window = new SlidingWindow(1_000);
          let nowMs = 0;
          for (const gapMs of gaps) {
            nowMs += gapMs;
            if (window.usedAt(nowMs) < 10) window.add(1, 10, nowMs);
          }
          if (window.usedAt(nowMs) + cost <= 10) return;
          const waitMs = window.waitMs(cost, 10, nowMs);
          expect(window.usedAt(nowMs + waitMs - 1) + cost).toBeGreaterThan(10);
          expect(window.usedAt(nowMs + waitMs) + cost).toBeLessThanOrEqual(10);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the store in memory', () => {
  it('takes all limits of a request or none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gapMs: fc.nat(500), who: fc.nat(2), cost: fc.integer({ min: 1, max: 3 }) }), {
          maxLength: 200,
        }),
        (requests) => {
          const store = new MemoryStore();
          const narrow = testLimit('narrow', 4, 1_000);
          const wide = testLimit('wide', 9, 5_000);
          const admitted: { atMs: number; cost: number; who: number }[] = [];
          let nowMs = 0;
          for (const { gapMs, who, cost } of requests) {
            nowMs += gapMs;
            const uses = [
              { limit: narrow, counter: `narrow${who}`, cost },
              { limit: wide, counter: 'wide', cost },
            ];
            const sum = (lengthMs: number, mine: boolean) =>
              admitted
                .filter((e) => e.atMs > nowMs - lengthMs && (!mine || e.who === who))
                .reduce((total, e) => total + e.cost, 0);
            const fits = sum(1_000, true) + cost <= 4 && sum(5_000, false) + cost <= 9;
            expect(store.take(uses, nowMs).isAllowed).toBe(fits);
            if (fits) admitted.push({ atMs: nowMs, cost, who });
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('shares windows when it is full, so that a flood of subjects admits nobody twice, and empties itself', () => {
    const store = new MemoryStore(1_000);
    const limit = testLimit('ip', 5, 1_000);
    const take = (subject: number, nowMs: number) =>
      store.take([{ limit, counter: `ip${subject}`, cost: 1 }], nowMs).isAllowed;
    for (let subject = 0; subject < 20_000; subject++) take(subject, 0);
    expect(store.subjects).toBeLessThanOrEqual(1_000 + 4_096);
    let admitted = 0;
    for (let i = 0; i < 20; i++) if (take(0, 1)) admitted += 1;
    expect(admitted).toBe(4);
    for (let subject = 20_000; subject < 26_000; subject++) take(subject, 2_000 + subject);
    expect(store.subjects).toBeLessThan(1_500);
  });
});

describe('a limiter', () => {
  it('answers with the tightest limit, and with the violated one when it refuses', () => {
    const clock = { nowMs: 0 };
    const limiter = limiterOf(
      clock,
      '{ name: wide, per: user, windows: [{ quota: 100, window: 1h }] }',
      '{ name: narrow, per: user, windows: [{ quota: 2, window: 10s }] }',
    );
    expect(checkOne(limiter).limit).toMatchObject({
      name: 'narrow',
      remaining: 1,
      resetSeconds: 10,
      line: 4,
    });
    clock.nowMs = 4_000;
    checkOne(limiter);
    const refused = checkOne(limiter);
    expect(refused).toMatchObject({
      isAllowed: false,
      retryAfterSeconds: 6,
      limit: { name: 'narrow', remaining: 0 },
    });
    expect(limitHeaders(refused)).toEqual([
      'RateLimit-Policy',
      '"narrow";q=2;w=10',
      'RateLimit',
      '"narrow";r=0;t=6',
      'Retry-After',
      '6',
    ]);
    expect(limitDetails(refused)).toEqual({ limit: 'narrow' });
    expect(checkOne(limiter, { userId: 'another' }).isAllowed).toBe(true);
    expect(checkOne(limiter, { tenantId: 'another' }).isAllowed).toBe(true);
  });

  it('multiplies the cost of the rule and of the caller', () => {
    const limiter = limiterOf(
      { nowMs: 0 },
      '{ name: a, per: user, cost: 3, windows: [{ quota: 10, window: 1m }] }',
    );
    expect(checkOne(limiter, { cost: 2 }).limit?.remaining).toBe(4);
    expect(checkOne(limiter, { cost: 2 }).isAllowed).toBe(false);
    expect(checkOne(limiter).limit?.remaining).toBe(1);
    expect(checkOne(limiter, { cost: 1_000_000 })).toMatchObject({ isAllowed: false, retryAfterSeconds: 60 });
  });

  it('refuses nothing for a shadow limit, and names it', () => {
    const limiter = limiterOf(
      { nowMs: 0 },
      '{ name: quiet, per: ip, mode: shadow, windows: [{ quota: 1, window: 1m }] }',
      '{ name: loud, per: ip, windows: [{ quota: 3, window: 1m }] }',
    );
    expect(checkOne(limiter).shadowed).toEqual([]);
    const shadowed = checkOne(limiter);
    expect(shadowed).toMatchObject({
      isAllowed: true,
      shadowed: ['quiet'],
      limit: { name: 'loud', remaining: 1 },
    });
    expect(limitDetails(shadowed)).toEqual({ shadowed: ['quiet'] });
  });

  it('enforces the limits of the key itself, of two with one window the smaller', () => {
    const limiter = limiterOf({ nowMs: 0 }, '{ name: key, per: key, windows: [{ quota: 50, window: 1m }] }');
    const keyLimits = [
      { limit: 9, windowSeconds: 60 },
      { limit: 2, windowSeconds: 60 },
      { limit: 5, windowSeconds: 3600 },
    ];
    const verdicts = [1, 2, 3].map(() => checkOne(limiter, { keyLimits }));
    expect(verdicts.map(({ isAllowed }) => isAllowed)).toEqual([true, true, false]);
    expect(verdicts[2]?.limit).toMatchObject({ name: 'key-60s', quota: 2, line: 0 });
    expect(checkOne(limiter).limit?.remaining).toBe(47);
  });

  it('counts IPv6 by /64 and leaves a rule out where its subject is missing', () => {
    const limiter = limiterOf({ nowMs: 0 }, '{ name: a, per: ip, windows: [{ quota: 1, window: 1m }] }');
    expect(checkOne(limiter, { ip: '2001:db8::1' }).isAllowed).toBe(true);
    expect(checkOne(limiter, { ip: '2001:db8:0:0:ffff::2' }).isAllowed).toBe(false);
    expect(checkOne(limiter, { ip: '2001:db8:0:1::1' }).isAllowed).toBe(true);
    expect(checkOne(limiter, { ip: '192.0.2.1' }).isAllowed).toBe(true);
    expect(checkOne(limiter, { ip: '::ffff:192.0.2.1' }).isAllowed).toBe(false);
    expect(checkOne(limiter, { ip: null }).limit).toBeNull();
  });

  it('makes an address wait that tried too many keys, until the first attempt is a window old', async () => {
    const clock = { nowMs: 0 };
    const limiter = limiterOf(
      clock,
      '{ name: f, counts: failed_keys, per: ip, windows: [{ quota: 3, window: 1m }] }',
    );
    for (let i = 0; i < 3; i++) {
      expect(limiter.failedKeys.waitSeconds('192.0.2.1')).toBe(0);
      await limiter.failedKeys.count('192.0.2.1');
      clock.nowMs += 1_000;
    }
    expect(limiter.failedKeys.waitSeconds('192.0.2.1')).toBe(57);
    expect(limiter.failedKeys.waitSeconds('192.0.2.2')).toBe(0);
    clock.nowMs = 60_000;
    expect(limiter.failedKeys.waitSeconds('192.0.2.1')).toBe(0);
    await limiter.failedKeys.count('192.0.2.1');
    expect(limiter.failedKeys.waitSeconds('192.0.2.1')).toBe(1);
  });
});
