import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './stand/asking';
import { World } from './stand/world';

const CLOCK = join(import.meta.dirname, 'stand/moved-clock.mjs');
const DAY_MS = 86_400_000;
const WAIT_MS = 90_000;

let world: World;
beforeAll(async () => {
  world = await World.open({
    processes: ['web', 'worker'],
    env: { ENCRYPTION_KEY: 'h7Kq2VbN5kLr7TzW1cYd4FhGm9PsQe6u' },
  });
});
afterAll(() => world.close());

const report = (rule: string) =>
  JSON.stringify({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'chaos', rules: [{ id: rule }] } },
        results: [
          {
            ruleId: rule,
            message: { text: 'Something' },
            locations: [
              { physicalLocation: { artifactLocation: { uri: 'src/index.ts' }, region: { startLine: 7 } } },
            ],
          },
        ],
      },
    ],
  });

/** Uploads a report for an asset of its own; each makes one job. */
async function upload(asset: string): Promise<number> {
  const response = await fetch(world.app('web').url(`/api/v1/scans?asset=${asset}`), {
    method: 'POST',
    headers: { cookie: world.cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
    body: report(asset),
  });
  return response.status;
}

async function uploadMany(prefix: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(await upload(`${prefix}-${i}`)).toBe(202);
}

interface Effects {
  done: number;
  imported: number;
  findings: number;
}

/** What the jobs of these assets did: one import on record and one finding for each. */
async function effectsOf(prefix: string): Promise<Effects> {
  const [row] = await world.keys.sql<Effects[]>`
    select count(*) filter (where s.status = 'done')::int as done,
      (select count(*)::int from audit_event e where e.action = 'scan.imported' and e.target_id in (select s2.id::text from scan s2
        join asset a2 on a2.id = s2.asset_id where a2.name like ${`${prefix}-%`})) as imported,
      (select count(*)::int from finding f join asset b on b.id = f.asset_id where b.name like ${`${prefix}-%`}) as findings
    from scan s join asset a on a.id = s.asset_id where a.name like ${`${prefix}-%`}`;
  return row ?? { done: 0, imported: 0, findings: 0 };
}

async function expectEachOnce(prefix: string, count: number): Promise<void> {
  await until('every scan is imported', async () => (await effectsOf(prefix)).done === count, WAIT_MS);
  await sleep(1_000);
  expect(await effectsOf(prefix)).toEqual({ done: count, imported: count, findings: count });
}

it('a restart of the database of the queue loses no job and doubles none', { timeout: 180_000 }, async () => {
  const worker = world.app('worker');
  worker.signal('SIGSTOP');
  await uploadMany('restart', 20);
  worker.signal('SIGCONT');
  for (let round = 0; round < 2; round++) {
    await sleep(400);
    await world.postgres.kill();
    await sleep(500);
    await world.postgres.restart();
    await until(
      'the database is back',
      () =>
        world.keys.sql`select 1`.then(
          () => true,
          () => false,
        ),
      30_000,
    );
  }
  await expectEachOnce('restart', 20);
});

it('a worker killed while it imports, again and again, loses no job and doubles none', {
  timeout: 180_000,
}, async () => {
  const worker = world.app('worker');
  await uploadMany('killed', 15);
  for (let round = 0; round < 4; round++) {
    await sleep(300);
    await worker.kill();
    worker.start();
  }
  await expectEachOnce('killed', 15);
});

it('two workers, one a day ahead and one a day behind, do each job once', { timeout: 180_000 }, async () => {
  await world.app('worker').kill();
  const withClock = (shiftMs: number) =>
    world.addAnother({
      kind: 'worker',
      env: { CHAOS_CLOCK_SHIFT_MS: String(shiftMs), CHAOS_CLOCK_SWING_MS: '0' },
      preload: CLOCK,
    });
  const others = [await withClock(DAY_MS), await withClock(-DAY_MS)];
  await Promise.all(others.map((one) => one.untilUp('/healthz')));
  await uploadMany('clocks', 15);
  await expectEachOnce('clocks', 15);
  await Promise.all(others.map((one) => one.stop()));
  world.app('worker').start();
});
