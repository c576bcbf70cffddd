import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Authorized, authorize, type Held } from '@/lib/access/gate/test/authorize';
import { startRedis, type TestRedis } from '@/lib/platform/rate-limit/test/redis-server';
import { asOperator, get, metric, until } from './stand/asking';
import { chaosPort } from './stand/ports';
import { UnreliableProxy } from './stand/unreliable-proxy';
import { World } from './stand/world';

const QUOTA = 20;
const FALLBACK_QUOTA = 10;
const LIMITS = `
version: 1
fallbackShare: 0.5
limits:
  - { name: local, at: gate, match: { paths: [/local/**] }, per: key, windows: [{ quota: ${QUOTA}, window: 1m }] }
  - { name: closed, at: gate, match: { paths: [/closed/**] }, per: key, windows: [{ quota: 500, window: 1m }], onStoreFailure: closed }
  - { name: open, at: gate, match: { paths: [/open/**] }, per: key, windows: [{ quota: 5000, window: 1m }], onStoreFailure: open }
  - { name: person, at: console, per: user, windows: [{ quota: 5000, window: 1m }] }
`;
const ROUTES = `
version: 1
trustedProxies: [127.0.0.1]
routes:
  - { name: all, path: /**, access: authenticated, accept: ['key:x-api-key'] }
`;

let world: World;
let redis: TestRedis;
let way: UnreliableProxy;
const folder = mkdtempSync(join(tmpdir(), 'bulwark-chaos-policy-'));

beforeAll(async () => {
  redis = await startRedis();
  way = new UnreliableProxy(await chaosPort(), Number(new URL(redis.url).port));
  await way.listen();
  writeFileSync(join(folder, 'limits.yaml'), LIMITS);
  writeFileSync(join(folder, 'gate.yaml'), ROUTES);
  world = await World.open({
    processes: ['web', 'gate'],
    env: {
      REDIS_URL: `redis://127.0.0.1:${way.port}`,
      RATE_LIMIT_FILE: join(folder, 'limits.yaml'),
      GATE_ROUTES_FILE: join(folder, 'gate.yaml'),
    },
  });
  await asOperator(world, '/api/v1/me');
});
afterAll(async () => {
  await world.close();
  await way.close();
  await redis.close();
  rmSync(folder, { recursive: true });
});

/** Whatever happened, the gate and the console go back to Redis by themselves. */
afterEach(async () => {
  redis.resume();
  way.set('none');
  way.delayMs = 0;
  await untilFallback(0);
});

const fallbackOf = (kind: 'gate' | 'web') =>
  metric(world.app(kind).url('/metrics'), 'bulwark_limiter_fallback');

async function untilFallback(value: 0 | 1): Promise<void> {
  const limited = { uri: '/open/x', headers: [['X-API-Key', world.key.secret]] } satisfies Held;
  const ask = () =>
    Promise.all([authorize(world.app('gate').port, limited), asOperator(world, '/api/v1/me')]);
  await until(`fallback is ${value}`, async () => {
    await ask();
    return (await fallbackOf('gate')) === value && (await fallbackOf('web')) === value;
  });
}

/** Asks at this path with a key that was never used. */
async function asNewKey(path: string, times = 1): Promise<Authorized[]> {
  const key = await world.keys.createKey({ tenantId: world.tenantId });
  const answers: Authorized[] = [];
  for (let i = 0; i < times; i++) {
    answers.push(
      await authorize(world.app('gate').port, { uri: path, headers: [['X-API-Key', key.secret]] }),
    );
  }
  return answers;
}

const allowed = (answers: Authorized[]) => answers.filter(({ status }) => status === 200).length;

async function expectWithRedis(): Promise<void> {
  const answers = await asNewKey('/local/x', QUOTA + 5);
  expect(allowed(answers)).toBe(QUOTA);
  expect(answers.at(-1)).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(answers[0]?.headers['ratelimit-policy']).not.toContain('bulwark-fallback');
}

/** The lower cap of this process, said in the header; what is closed is 503, what is open goes on. */
async function expectFallback(): Promise<void> {
  const answers = await asNewKey('/local/x', QUOTA + 5);
  expect(allowed(answers)).toBe(FALLBACK_QUOTA);
  expect(answers.at(-1)).toMatchObject({
    status: 429,
    headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
  });
  expect(answers[0]?.headers['ratelimit-policy']).toMatch(/q=10;w=60;bulwark-fallback/);
  const [closed] = await asNewKey('/closed/x');
  expect(closed).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
  const [open] = await asNewKey('/open/x');
  expect(open?.status).toBe(200);
  const api = await asOperator(world, '/api/v1/me');
  expect(api.status).toBe(200);
  expect(api.tookMs).toBeLessThan(1_500);
  for (const kind of ['gate', 'web'] as const)
    expect((await get(world.app(kind).url('/readyz'))).status).toBe(200);
}

/** Redis's own command line, one command. */
function tellRedis(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(redis.url).port), '127.0.0.1', () =>
      socket.write(`${command}\r\n`),
    );
    socket.once('error', reject);
    socket.once('data', (answer) => {
      socket.end();
      resolve(answer.toString());
    });
  });
}

it('down: every process counts alone with the lower cap, says so, and returns by itself', async () => {
  await expectWithRedis();
  await redis.kill();
  await untilFallback(1);
  await expectFallback();
  await redis.start();
  await untilFallback(0);
  await expectWithRedis();
});

it('down: a gate and a console that start without Redis work', async () => {
  way.set('refuse');
  const gate = await world.addAnother({ kind: 'gate' });
  const web = await world.addAnother({ kind: 'web' });
  await Promise.all([gate.untilUp(), web.untilUp()]);
  const headers: [string, string][] = [['X-API-Key', world.key.secret]];
  expect((await authorize(gate.port, { uri: '/local/x', headers })).status).toBe(200);
  expect((await get(web.url('/api/v1/me'), { cookie: world.cookie })).status).toBe(200);
  await Promise.all([gate.stop(), web.stop()]);
});

it('slow: a paused Redis is given up within 100 ms, for the request that waits as well', async () => {
  await asNewKey('/local/x');
  const key = await world.keys.createKey({ tenantId: world.tenantId });
  const ask = () =>
    authorize(world.app('gate').port, { uri: '/local/x', headers: [['X-API-Key', key.secret]] });
  await ask();
  redis.pause();
  const startedMs = performance.now();
  expect((await ask()).status).toBe(200);
  expect(performance.now() - startedMs).toBeLessThan(400);
  await untilFallback(1);
  await expectFallback();
});

it('slow: a Redis that answers after 300 ms counts as gone', async () => {
  way.delayMs = 150;
  await untilFallback(1);
  await expectFallback();
});

it('full: errors of a Redis without memory count as its absence', async () => {
  await tellRedis('CONFIG SET maxmemory 1');
  await untilFallback(1);
  await expectFallback();
  await tellRedis('CONFIG SET maxmemory 0');
});

it('wrong answer: nonsense, half answers and a replica that refuses writes count as its absence', async () => {
  for (const fault of ['garbage', 'truncate'] as const) {
    way.set(fault);
    await untilFallback(1);
    await expectFallback();
    way.set('none');
    await untilFallback(0);
  }
  await tellRedis('REPLICAOF 127.0.0.1 1');
  await untilFallback(1);
  await expectFallback();
  await tellRedis('REPLICAOF NO ONE');
});

it('wrong answer: a Redis that lost everything admits at most one more window', async () => {
  const key = await world.keys.createKey({ tenantId: world.tenantId });
  const ask = () =>
    authorize(world.app('gate').port, { uri: '/local/x', headers: [['X-API-Key', key.secret]] });
  let count = 0;
  for (let i = 0; i < 3 * QUOTA; i++) {
    if (i === QUOTA + 5) await tellRedis('FLUSHALL');
    if ((await ask()).status === 200) count += 1;
  }
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThanOrEqual(2 * QUOTA);
});

it('flapping: killed and started again and again, it costs no answer and admits a bounded number', async () => {
  const key = await world.keys.createKey({ tenantId: world.tenantId });
  const seen: Record<number, number> = {};
  let isOver = false;
  let slowestMs = 0;
  const asking = (async () => {
    while (!isOver) {
      const startedMs = performance.now();
      const { status } = await authorize(world.app('gate').port, {
        uri: '/local/x',
        headers: [['X-API-Key', key.secret]],
      });
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      seen[status] = (seen[status] ?? 0) + 1;
      await sleep(2);
    }
  })();
  const rounds = 3;
  for (let round = 0; round < rounds; round++) {
    await redis.kill();
    await sleep(500);
    await redis.start();
    await sleep(1_500);
  }
  isOver = true;
  await asking;
  expect(Object.keys(seen).sort()).toEqual(['200', '429']);
  expect(slowestMs).toBeLessThan(5_000);
  expect(seen[200]).toBeLessThanOrEqual((rounds + 1) * QUOTA + FALLBACK_QUOTA);
});
