import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { askGate } from '@/lib/access/gate/test/ask';
import { askAboutKey, asOperator, get, Load, until } from './stand/asking';
import { World } from './stand/world';

let world: World;
beforeAll(async () => {
  world = await World.open({ processes: ['web', 'gate', 'worker'] });
});
afterAll(() => world.close());
afterEach(async () => {
  const worker = world.app('worker');
  worker.signal('SIGCONT');
  if (!worker.isRunning) worker.start();
  await worker.untilUp('/readyz', 40_000);
});

/** How many allows of the key the worker has counted. */
async function counted(): Promise<number> {
  const [row] = await world.keys.sql<{ allowed: number }[]>`
    select coalesce(sum(allowed), 0)::int as allowed from key_usage where key_id = ${world.key.keyId}`;
  return row?.allowed ?? 0;
}

async function inTheRecord(): Promise<number> {
  const [row] = await world.keys.sql<{ rows: number }[]>`
    select count(*)::int as rows from audit_event
    where key_id = ${world.key.keyId} and category = 'decision' and outcome = 'success'`;
  return row?.rows ?? 0;
}

async function expectAllCounted(): Promise<void> {
  await until('use is counted', async () => (await counted()) === (await inTheRecord()), 40_000);
}

it('down: keys, console and record go on; the overview says it, and use is made up for afterwards', async () => {
  await askAboutKey(world);
  await until('use was counted once', async () => (await counted()) > 0);
  await world.app('worker').kill();
  const load = new Load(world, 2);
  await load.allows(100);
  await load.end();
  expect(load.refused).toBe(0);
  expect((await asOperator(world, '/api/v1/keys')).status).toBe(200);
  await world.keys
    .sql`update rollup_watermark set until = until - interval '2 minutes' where tenant_id = ${world.tenantId}`;
  const health = await asOperator(world, '/api/v1/health');
  const parts = health.json.parts as { part: string; state: string }[];
  expect(parts.find(({ part }) => part === 'worker')?.state).toBe('down');
  await world.keys
    .sql`update rollup_watermark set until = until + interval '2 minutes' where tenant_id = ${world.tenantId}`;
  world.app('worker').start();
  await expectAllCounted();
});

it('slow: while it is paused nothing waits for it, and it catches up', async () => {
  world.app('worker').signal('SIGSTOP');
  const answers = await Promise.all(Array.from({ length: 20 }, () => askAboutKey(world)));
  expect(answers.every(({ json, tookMs }) => json.code === 'VALID' && tookMs < 2_000)).toBe(true);
  expect((await asOperator(world, '/api/v1/keys')).status).toBe(200);
  await sleep(500);
  world.app('worker').signal('SIGCONT');
  await expectAllCounted();
});

it('full: a record that grew by 20,000 decisions meanwhile is counted in full', async () => {
  await world.app('worker').kill();
  await world.keys.sql`
    insert into audit_event (tenant_id, at, id, category, action, outcome, code, actor_type, key_id, key_version_id, request_id)
    select a.tenant_id, clock_timestamp(), gen_random_uuid(), a.category, a.action, a.outcome, a.code, a.actor_type,
      a.key_id, a.key_version_id, gen_random_uuid()::text
    from (select * from audit_event where key_id = ${world.key.keyId} and outcome = 'success' limit 1) a,
      generate_series(1, 20000)`;
  world.app('worker').start();
  await expectAllCounted();
});

it('wrong answer: two workers at once count and promote once', async () => {
  const other = await world.addAnother({ kind: 'worker' });
  await other.untilUp('/healthz');
  const rotated = await world.keys.createKey({ tenantId: world.tenantId });
  const pending = await world.keys.addVersion(rotated, 'pending');
  const load = new Load(world, 4);
  await load.allows(100);
  const first = await askGate(world.app('gate').port, world.caller.secret, { key: pending.secret });
  expect(first.body.code).toBe('VALID');
  await load.allows(100);
  await load.end();
  const states = () => world.keys.sql`select state from api_key_version where id = ${pending.id}`;
  await until('the new secret is the current one', async () => (await states())[0]?.state === 'current');
  const promotions = await world.keys.sql`
    select 1 from audit_event where action = 'key.promoted' and target_id = ${rotated.keyId}`;
  expect(promotions).toHaveLength(1);
  await expectAllCounted();
  await other.stop();
});

it('flapping: killed again and again, it loses and doubles nothing', async () => {
  const load = new Load(world, 2);
  for (let round = 0; round < 5; round++) {
    await sleep(600);
    await world.app('worker').kill();
    world.app('worker').start();
  }
  await load.end();
  expect(load.unexpected).toEqual([]);
  expect(load.refused).toBe(0);
  await expectAllCounted();
  await sleep(1_500);
  await expectAllCounted();
  expect((await get(world.app('worker').url('/healthz'))).status).toBe(200);
});
