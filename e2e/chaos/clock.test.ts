import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askGate } from '@/lib/access/gate/test/ask';
import type { AppProcess } from './stand/app-process';
import { get } from './stand/asking';
import { World } from './stand/world';

const CLOCK = join(import.meta.dirname, 'stand/moved-clock.mjs');
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

let world: World;
beforeAll(async () => {
  world = await World.open({ processes: [] });
});
afterAll(() => world.close());

/** A process whose clock is wrong; the database's is right. */
async function withClock<T>(
  kind: 'gate' | 'web' | 'worker',
  clock: { shiftMs: number; swingMs?: number },
  work: (app: AppProcess) => Promise<T>,
): Promise<T> {
  const env = {
    CHAOS_CLOCK_SHIFT_MS: String(clock.shiftMs),
    CHAOS_CLOCK_SWING_MS: String(clock.swingMs ?? 0),
  };
  const app = await world.addAnother({ kind, env, preload: CLOCK });
  try {
    await app.untilUp(kind === 'worker' ? '/healthz' : '/readyz');
    return await work(app);
  } finally {
    await app.stop();
  }
}

async function codeOf(gate: AppProcess, secret: string): Promise<{ code: string; requestId: string }> {
  const { body } = await askGate(gate.port, world.caller.secret, { key: secret });
  return { code: body.code, requestId: body.requestId };
}

/** How far the row's time is from the database's clock, in milliseconds. */
async function distanceOfRow(requestId: string): Promise<number> {
  const [row] = await world.keys.sql<{ ms: number }[]>`
    select abs(extract(epoch from at - recorded_at) * 1000)::float8 as ms from audit_event where id = ${requestId}`;
  return row?.ms ?? Number.POSITIVE_INFINITY;
}

async function expectRightDecisions(gate: AppProcess): Promise<void> {
  const { tenantId } = world;
  const soon = await world.keys.createKey({ tenantId, expiresInMs: 1_500 });
  const expired = await world.keys.createKey({ tenantId, expiresInMs: -1_000 });
  expect((await codeOf(gate, soon.secret)).code).toBe('VALID');
  expect((await codeOf(gate, expired.secret)).code).toBe('EXPIRED');
  const now = await codeOf(gate, world.key.secret);
  expect(now.code).toBe('VALID');
  expect(await distanceOfRow(now.requestId)).toBeLessThan(1_000);
  await sleep(1_600);
  expect((await codeOf(gate, soon.secret)).code).toBe('EXPIRED');
}

it('slow: a gate whose clock is ten minutes late decides and records by the clock of the database', () =>
  withClock('gate', { shiftMs: -10 * MINUTE_MS }, expectRightDecisions));

it('wrong answer: a gate a day ahead or behind neither expires a key early nor keeps one', async () => {
  for (const shiftMs of [DAY_MS, -DAY_MS]) await withClock('gate', { shiftMs }, expectRightDecisions);
});

it('wrong answer: a console a day ahead or behind ends no session and opens none', async () => {
  const sessions = await world.asConsole(async () => {
    const { mintSession } = await import('@/db/test/mint-session');
    return {
      live: await mintSession({ name: 'live' }),
      over: await mintSession({ name: 'over', hours: -1 }),
    };
  });
  for (const shiftMs of [DAY_MS, -DAY_MS]) {
    await withClock('web', { shiftMs }, async (web) => {
      const me = (cookie: string) => get(web.url('/api/v1/me'), { cookie });
      expect((await me(sessions.live.cookie)).status).toBe(200);
      expect((await me(sessions.over.cookie)).status).toBe(401);
    });
  }
});

it('wrong answer: a worker a day ahead ends no grace period early', async () => {
  const key = await world.keys.createKey({ tenantId: world.tenantId });
  const [old] = key.versions;
  if (!old) throw new Error('no version');
  await world.keys.setGraceUntil(old, 3_600_000);
  await world.keys.addVersion(key, 'current');
  await withClock('worker', { shiftMs: DAY_MS }, async (worker) => {
    await worker.untilUp('/readyz', 20_000);
    await sleep(6_000);
    const [row] = await world.keys.sql`select state from api_key_version where id = ${old.id}`;
    expect(row?.state).toBe('grace');
  });
});

it('flapping: a clock that jumps an hour back and forth changes no answer', () =>
  withClock('gate', { shiftMs: 60 * MINUTE_MS, swingMs: 150 }, async (gate) => {
    const expired = await world.keys.createKey({ tenantId: world.tenantId, expiresInMs: -1_000 });
    const seen = new Set<string>();
    for (const until = performance.now() + 2_000; performance.now() < until; ) {
      seen.add(`good ${(await codeOf(gate, world.key.secret)).code}`);
      seen.add(`old ${(await codeOf(gate, expired.secret)).code}`);
    }
    expect([...seen].sort()).toEqual(['good VALID', 'old EXPIRED']);
    await expectRightDecisions(gate);
  }));
