import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { createClient } from 'redis';
import type { LimitedRequest } from '@/lib/platform/rate-limit/contract';
import { createLimiter } from '@/lib/platform/rate-limit/limiter';
import { fixedPolicy } from '@/lib/platform/rate-limit/policy-file';
import { admittedAtMost, quietLog, requestBy } from '@/lib/platform/rate-limit/test/exact-log';
import { startRedis } from '@/lib/platform/rate-limit/test/redis-server';

// Compares our limiter with rate-limiter-flexible: speed, and what each admits in the worst window.
// Run: npx tsx bench/limits/run.ts

const SUBJECTS = 10_000;
const BATCH = 64;
const policy = fixedPolicy(
  'version: 1\nlimits:\n  - { name: a, per: user, windows: [{ quota: 100, window: 1m }] }\n',
);
const requests: LimitedRequest[] = Array.from({ length: SUBJECTS }, (_, i) =>
  requestBy({ userId: `user-${i}` }),
);
const batches = Array.from({ length: Math.floor(SUBJECTS / BATCH) }, (_, i) =>
  requests.slice(i * BATCH, (i + 1) * BATCH),
);

async function perSecond(
  name: string,
  work: (batch: LimitedRequest[]) => unknown,
  forMs = 2_000,
): Promise<void> {
  let done = 0;
  const startedMs = performance.now();
  for (let i = 0; performance.now() - startedMs < forMs; i++) {
    const batch = batches[i % batches.length] ?? [];
    await work(batch);
    done += batch.length;
  }
  const rate = done / ((performance.now() - startedMs) / 1_000);
  console.log(`${name.padEnd(44)} ${Math.round(rate).toLocaleString('en').padStart(12)} requests/s`);
}

/** Begins a fixed window with one request and sends the rest where it ends: what is the most that one second held? */
async function worstWindow(name: string, isAdmitted: () => Promise<boolean>): Promise<void> {
  const admitted: { atMs: number; cost: number }[] = [];
  await isAdmitted();
  await new Promise((resolve) => setTimeout(resolve, 900));
  const endMs = performance.now() + 400;
  while (performance.now() < endMs) {
    if (await isAdmitted()) admitted.push({ atMs: performance.now(), cost: 1 });
    else await new Promise((resolve) => setTimeout(resolve, 1));
  }
  console.log(`${name.padEnd(44)} ${admittedAtMost(admitted, 990)} in the fullest second, quota 100`);
}

const redis = await startRedis();
const client = createClient({ url: redis.url });
await client.connect();
const ours = createLimiter({ policy, redisUrl: null, log: quietLog });
const oursShared = createLimiter({ policy, redisUrl: redis.url, log: quietLog });
await oursShared.ready;
const theirs = new RateLimiterMemory({ points: 100, duration: 60 });
const theirsShared = new RateLimiterRedis({
  storeClient: client,
  points: 100,
  duration: 60,
  useRedisPackage: true,
});
const consume = (limiter: RateLimiterMemory | RateLimiterRedis) => (batch: LimitedRequest[]) =>
  Promise.all(batch.map(({ userId }) => limiter.consume(userId ?? '').catch(() => undefined)));

await perSecond('memory, ours', (batch) => ours.check(batch));
await perSecond('memory, rate-limiter-flexible', consume(theirs));
await perSecond('Redis, ours, 64 subjects in a call', (batch) => oursShared.check(batch));
await perSecond('Redis, rate-limiter-flexible, 64 in flight', consume(theirsShared));
const one = requestBy({ userId: 'hot' });
const hot = Array.from({ length: BATCH }, () => one);
await perSecond('Redis, ours, 64 requests of one subject', () => oursShared.check(hot));

const short = fixedPolicy(
  'version: 1\nlimits:\n  - { name: a, per: user, windows: [{ quota: 100, window: 1s }] }\n',
);
const exact = createLimiter({ policy: short, redisUrl: null, log: quietLog });
const exactShared = createLimiter({ policy: short, redisUrl: redis.url, log: quietLog });
await exactShared.ready;
const fixed = new RateLimiterMemory({ points: 100, duration: 1 });
const fixedShared = new RateLimiterRedis({
  storeClient: client,
  keyPrefix: 'worst',
  points: 100,
  duration: 1,
  useRedisPackage: true,
});
const passes = (work: Promise<unknown>) =>
  work.then(
    () => true,
    () => false,
  );
await worstWindow('memory, ours', async () => (await exact.check([one]))[0]?.isAllowed === true);
await worstWindow('memory, rate-limiter-flexible', () => passes(fixed.consume('x')));
await worstWindow('Redis, ours', async () => (await exactShared.check([one]))[0]?.isAllowed === true);
await worstWindow('Redis, rate-limiter-flexible', () => passes(fixedShared.consume('x')));

await Promise.all([ours, oursShared, exact, exactShared].map((limiter) => limiter.close()));
client.destroy();
await redis.close();
