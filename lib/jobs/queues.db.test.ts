import { setTimeout as sleep } from 'node:timers/promises';
import { getConstructionPlans } from 'pg-boss';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { inTenant } from '@/db/scope';
import { newTenant, openScene, type Scene, testJobActor } from '@/db/test/scene';
import { newId } from '@/lib/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/tenancy/contract';
import { DEAD_LETTER_QUEUE, JOB_TYPES } from './contract';
import { enqueue, type JobHandler } from './enqueue';
import { createJobWorker, type JobWorker } from './work';

const NAME = 'keys.start-rotation';
type Handler = JobHandler<typeof NAME>;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const payload = (tenantId = DEFAULT_TENANT_ID) => ({
  v: 1 as const,
  tenantId,
  keyId: newId(),
  dueAt: new Date().toISOString(),
});

let workers: JobWorker[] = [];
function startWorker(handler: Handler): JobWorker {
  const worker = createJobWorker({ ...quiet, [NAME]: handler }, { pollSeconds: 0.5, superviseSeconds: 1 });
  workers.push(worker);
  worker.start();
  return worker;
}
const quiet = Object.fromEntries(
  Object.keys(JOB_TYPES).map((name) => [name, async () => undefined]),
) as never as Parameters<typeof createJobWorker>[0];

beforeEach(async () => {
  await scene.admin`delete from pgboss.job`;
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop(1000)));
  workers = [];
});

const add = (tenantId = DEFAULT_TENANT_ID, once?: string) =>
  inTenant(testJobActor(tenantId), (tx) =>
    enqueue(tx, NAME, payload(tenantId), once === undefined ? {} : { once }),
  );
const states = async () =>
  (await scene.admin<{ state: string }[]>`select state from pgboss.job where name = ${NAME}`).map(
    (row) => row.state,
  );
const until = (check: () => void | Promise<void>, timeout = 15_000) =>
  vi.waitFor(check, { timeout, interval: 100 });

describe('enqueue', () => {
  it('queues when the transaction commits, and not when it rolls back', async () => {
    const undo = new Error('undo');
    await expect(
      inTenant(testJobActor(), async (tx) => {
        await enqueue(tx, NAME, payload());
        throw undo;
      }),
    ).rejects.toBe(undo);
    expect(await states()).toEqual([]);
    await add();
    expect(await states()).toEqual(['created']);
  });

  it('queues once what must happen once, per tenant', async () => {
    const other = await newTenant('once');
    expect(await add(DEFAULT_TENANT_ID, 'a')).not.toBeNull();
    expect(await add(DEFAULT_TENANT_ID, 'a')).toBeNull();
    expect(await add(DEFAULT_TENANT_ID, 'b')).not.toBeNull();
    expect(await add(other, 'a')).not.toBeNull();
    expect(await states()).toHaveLength(3);
  });

  it('refuses a payload of another form, and another tenant’s', async () => {
    const other = await newTenant('foreign');
    await expect(
      inTenant(testJobActor(), (tx) => enqueue(tx, NAME, { ...payload(), keyId: 'no id' })),
    ).rejects.toThrow(/keyId/);
    await expect(inTenant(testJobActor(), (tx) => enqueue(tx, NAME, payload(other)))).rejects.toThrow();
    expect(await states()).toEqual([]);
  });
});

describe('a worker', () => {
  it('does each job once, as the tenant whose job it is', async () => {
    const other = await newTenant('theirs');
    const seen: [string, string][] = [];
    startWorker(async (actor, { tenantId }) => {
      seen.push([actor.tenantId, tenantId]);
    });
    startWorker(async (actor, { tenantId }) => {
      seen.push([actor.tenantId, tenantId]);
    });
    for (let i = 0; i < 10; i++) await add(i % 2 === 0 ? DEFAULT_TENANT_ID : other);
    await until(() => expect(seen).toHaveLength(10));
    await sleep(600);
    expect(seen).toHaveLength(10);
    expect(seen.every(([actorTenant, tenantId]) => actorTenant === tenantId)).toBe(true);
    await until(async () => expect(new Set(await states())).toEqual(new Set(['completed'])));
  });
});

describe('the schema of the queue', () => {
  it('is what the installed pg-boss would make', async () => {
    const [row] = await scene.admin`select version from pgboss.version`;
    expect(getConstructionPlans('pgboss')).toContain(
      `INSERT INTO pgboss.version(version) VALUES ('${row?.version}')`,
    );
  });

  it('has a queue for every type of job, and one for dead letters', async () => {
    const rows = await scene.admin<
      { name: string; dead_letter: string | null }[]
    >`select name, dead_letter from pgboss.queue`;
    expect(rows.map((row) => row.name).sort()).toEqual([...Object.keys(JOB_TYPES), DEAD_LETTER_QUEUE].sort());
    expect(rows.filter((row) => row.dead_letter === null).map((row) => row.name)).toEqual([
      DEAD_LETTER_QUEUE,
    ]);
  });
});
