import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Answer, askAboutKey, asOperator, get, Load, metric, until } from './stand/asking';
import { World } from './stand/world';

const DATABASE_UP = 'bulwark_gate_database_up';

let world: World;
beforeAll(async () => {
  world = await World.open({ processes: ['web', 'gate', 'worker'] });
});
afterAll(() => world.close());

/** Whatever a test did, every process must work again by itself. */
afterEach(async () => {
  await world.postgres.mend();
  world.database.set('none');
  world.database.delayMs = 0;
  await recovered();
});

async function recovered(): Promise<void> {
  const began = Date.now();
  await until('the gate allows', async () => (await askAboutKey(world)).json.code === 'VALID', 20_000);
  await until(
    'the console answers',
    async () => (await asOperator(world, '/api/v1/keys')).status === 200,
    20_000,
  );
  await until('the worker succeeds', () => workerSucceededSince(began), 45_000).catch(async (error) => {
    const worker = world.app('worker');
    const { text } = await get(worker.url('/readyz')).catch((lost) => ({ text: String(lost) }));
    throw new Error(`${error.message}\n${text}\n${worker.log.slice(-3_000)}`);
  });
  for (const app of world.apps.values()) expect(app.isRunning).toBe(true);
}

async function workerSucceededSince(sinceMs: number): Promise<boolean> {
  const { json } = await get(world.app('worker').url('/readyz'));
  const jobs = json.jobs as { everyMs: number; lastSuccessAt: string | null }[];
  return jobs
    .filter((job) => job.everyMs <= 5_000)
    .every((job) => Date.parse(job.lastSuccessAt ?? '') > sinceMs);
}

function expectProblem(answer: Answer, code: RegExp): void {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.json).toMatchObject({ status: 503, code: expect.stringMatching(code) });
  expect(answer.json.requestId).toBeTruthy();
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

/** What everybody sees while the database cannot be used. */
async function expectEverythingClosed(withinMs: number): Promise<void> {
  const [gate, api, page, webReady, gateReady, ...alive] = await Promise.all([
    askAboutKey(world),
    asOperator(world, '/api/v1/keys'),
    asOperator(world, '/keys'),
    get(world.app('web').url('/readyz')),
    get(world.app('gate').url('/readyz')),
    ...[...world.apps.values()].map((app) => get(app.url('/healthz'))),
  ]);
  expectProblem(gate, /^audit_unavailable$/);
  expect(gate.tookMs).toBeLessThan(4_000);
  expectProblem(api, /unavailable$/);
  expect(api.tookMs).toBeLessThan(withinMs);
  expect(page.status).toBeGreaterThanOrEqual(500);
  expect(page.tookMs).toBeLessThan(withinMs);
  expect([webReady.status, gateReady.status]).toEqual([503, 503]);
  expect(alive.map((answer) => answer.status)).toEqual(alive.map(() => 200));
}

it('down: web and gate answer 503 until Postgres is back, and every allow has its row', async () => {
  const load = new Load(world);
  await load.allows(200);
  await world.postgres.kill();
  await until(
    'the gate notices',
    async () => (await metric(world.app('gate').url('/metrics'), DATABASE_UP)) === 0,
  );
  await expectEverythingClosed(25_000);
  await world.postgres.restart();
  await load.allows(200);
  await load.end();
  expect(load.unexpected).toEqual([]);
  expect(load.lost).toBe(0);
  expect(load.slowestRefusalMs).toBeLessThan(4_000);
  expect(await load.unrecorded()).toEqual([]);
});

it('down: a gate and a worker that start before Postgres wait for it', async () => {
  world.database.set('refuse');
  const gate = await world.addAnother({ kind: 'gate' });
  const worker = await world.addAnother({ kind: 'worker' });
  await gate.untilUp('/healthz');
  expectProblem(await askAboutKey(world, gate.port), /^audit_unavailable$/);
  await sleep(1_000);
  expect([gate.isRunning, worker.isRunning]).toEqual([true, true]);
  world.database.set('none');
  await gate.untilUp('/readyz');
  await worker.untilUp('/healthz');
  expect((await askAboutKey(world, gate.port)).json.code).toBe('VALID');
  await Promise.all([gate.stop(), worker.stop()]);
});

it('slow: the gate refuses what takes longer than it waits, the console takes longer', async () => {
  await asOperator(world, '/api/v1/keys');
  world.database.delayMs = 800;
  const gate = await askAboutKey(world);
  expectProblem(gate, /^audit_unavailable$/);
  expect(gate.tookMs).toBeLessThan(4_000);
  world.database.delayMs = 100;
  const api = await asOperator(world, '/api/v1/keys');
  expect(api.status).toBe(200);
  expect(api.tookMs).toBeLessThan(15_000);
});

it('slow: a paused Postgres is refused in bounded time by every process', async () => {
  const load = new Load(world, 4);
  await load.allows(50);
  world.postgres.pause();
  await until('the gate notices', async () => (await askAboutKey(world)).status === 503);
  await expectEverythingClosed(25_000);
  world.postgres.resume();
  await load.allows(50);
  await load.end();
  expect(load.unexpected).toEqual([]);
  expect(await load.unrecorded()).toEqual([]);
});

it('full: no connection is left for web and gate, and those that exist go on', async () => {
  await world.keys.sql`alter role app_gate connection limit 0`;
  await world.keys.sql`alter role app_rw connection limit 0`;
  await world.keys.sql`alter role app_ro connection limit 0`;
  try {
    expect((await askAboutKey(world)).json.code).toBe('VALID');
    world.database.cut();
    await until('the gate notices', async () => (await askAboutKey(world)).status === 503);
    await expectEverythingClosed(20_000);
  } finally {
    for (const role of ['app_gate', 'app_rw', 'app_ro'])
      await world.keys.sql`alter role ${world.keys.sql(role)} connection limit -1`;
  }
});

it('wrong answer: bytes that are not the protocol end the connection, never the process', async () => {
  const load = new Load(world, 4);
  await load.allows(50);
  for (const fault of ['garbage', 'truncate'] as const) {
    world.database.set(fault);
    await Promise.all([asOperator(world, '/api/v1/keys'), sleep(1_500)]);
    await expectEverythingClosed(20_000);
    world.database.set('none');
    await load.allows(50);
  }
  await load.end();
  expect(load.unexpected).toEqual([]);
  expect(await load.unrecorded()).toEqual([]);
});

it('wrong answer: a database that has become read-only, as after a failover, is not written to', async () => {
  const database = world.keys.sql('bulwark');
  await world.keys.sql`alter database ${database} set default_transaction_read_only = on`;
  try {
    world.database.cut();
    await until('the gate notices', async () => (await askAboutKey(world)).status === 503);
    const [gate, api] = await Promise.all([askAboutKey(world), asOperator(world, '/api/v1/keys')]);
    expectProblem(gate, /^audit_unavailable$/);
    expectProblem(api, /unavailable$/);
  } finally {
    await world.keys.sql.begin(async (tx) => {
      await tx`set transaction read write`;
      await tx`alter database ${database} reset default_transaction_read_only`;
    });
    world.database.cut();
  }
});

it('flapping: a database that comes and goes costs refusals, never a row', async () => {
  const load = new Load(world);
  await load.allows(50);
  for (let round = 0; round < 8; round++) {
    world.database.set('refuse');
    await sleep(150 + 50 * (round % 3));
    world.database.set('none');
    await sleep(300);
    await asOperator(world, '/api/v1/keys');
  }
  await load.allows(100, 10_000);
  await load.end();
  expect(load.unexpected).toEqual([]);
  expect(load.refused).toBeGreaterThan(0);
  expect(load.lost).toBe(0);
  expect(await load.unrecorded()).toEqual([]);
});
