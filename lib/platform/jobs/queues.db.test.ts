import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { getConstructionPlans } from 'pg-boss';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { inTenant } from '@/db/scope';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { recordAudit } from '@/lib/platform/audit/record';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { DEAD_LETTER_QUEUE, JOB_TYPES } from './contract';
import { discardJob } from './discard-job';
import { enqueue, type JobHandler } from './enqueue';
import { listDeadLetters, listQueues } from './queries';
import { retryJob } from './retry-job';
import { createJobWorker, type JobHandlers, type JobWorker } from './work';

const NAME = 'keys.deliver-rotation';
type Handler = JobHandler<typeof NAME>;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const payload = (tenantId = DEFAULT_TENANT_ID) => ({
  v: 1 as const,
  tenantId,
  rotationId: newId(),
});

let workers: JobWorker[] = [];
function startWorker(handler: Handler, pollSeconds = 0.5): JobWorker {
  const worker = createJobWorker(
    { ...quiet, [NAME]: handler },
    { pollSeconds, pollBesideNoticesSeconds: pollSeconds, superviseSeconds: 1 },
  );
  workers.push(worker);
  worker.start();
  return worker;
}
const idle: unknown = Object.fromEntries(Object.keys(JOB_TYPES).map((name) => [name, async () => undefined]));
const quiet = idle as JobHandlers;

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
      inTenant(testJobActor(), (tx) => enqueue(tx, NAME, { ...payload(), rotationId: 'no id' })),
    ).rejects.toThrow(/rotationId/);
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

describe('a backlog', () => {
  it('is worked off without a poll between two jobs, also where some of them fail', async () => {
    for (let i = 0; i < 12; i++) await add();
    let begun = 0;
    startWorker(async () => {
      begun += 1;
      if (begun % 3 === 0) throw new Error('not this one');
    }, 60);
    await until(() => expect(begun).toBe(12));
  });
});

describe('a job that fails', () => {
  const failFast = () =>
    scene.admin`update pgboss.queue set retry_limit = 1, retry_delay = 0, retry_backoff = false where name = ${NAME}`;
  const deadLetters = (tenantId = DEFAULT_TENANT_ID) => listDeadLetters(testJobActor(tenantId), {});

  it('is retried after a growing wait', async () => {
    let attempts = 0;
    startWorker(async () => {
      attempts += 1;
      throw new Error('not now');
    });
    await add();
    const waitSeconds = async (retries: number) => {
      const [row] = await scene.admin<{ wait: number }[]>`
        select extract(epoch from start_after - clock_timestamp())::float8 as wait
        from pgboss.job where name = ${NAME} and state = 'retry' and retry_count = ${retries}`;
      return row?.wait ?? 0;
    };
    await until(async () => expect(await waitSeconds(0)).toBeGreaterThan(1.5));
    await scene.admin`update pgboss.job set start_after = now() where name = ${NAME}`;
    await until(() => expect(attempts).toBe(2));
    await until(async () => expect(await waitSeconds(1)).toBeGreaterThan(4));
  });

  it('becomes a dead letter with its reason, and a person retries it', async () => {
    await failFast();
    let isBroken = true;
    let done = 0;
    startWorker(async () => {
      if (isBroken) throw new Error('the printer is on fire');
      done += 1;
    });
    await add();
    await until(async () => expect((await deadLetters()).items).toHaveLength(1));
    const [letter] = (await deadLetters()).items;
    expect(letter).toMatchObject({ queue: NAME, reason: 'the printer is on fire', attempts: 2 });
    expect(letter?.payload).not.toHaveProperty('tenantId');
    const summary = (await listQueues(testJobActor())).items.find((queue) => queue.name === NAME);
    expect(summary).toMatchObject({ deadLetters: 1, waiting: 0 });

    isBroken = false;
    const operator = await userActor('operator');
    await expect(retryJob(await userActor('analyst'), letter?.id ?? '')).rejects.toThrow(/jobs:write/);
    await retryJob(operator, letter?.id ?? '');
    await until(() => expect(done).toBe(1));
    expect((await deadLetters()).items).toEqual([]);
    await expect(retryJob(operator, letter?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
    const rows = await scene.admin`select action, target_label from audit_event where action = 'job.retried'`;
    expect(rows).toEqual([{ action: 'job.retried', target_label: NAME }]);
  });

  it('is discarded by who may, and never by another tenant', async () => {
    await failFast();
    const theirs = await newTenant('letters');
    startWorker(async () => {
      throw new Error('no');
    });
    await add(theirs);
    await until(async () => expect((await deadLetters(theirs)).items).toHaveLength(1));
    const id = (await deadLetters(theirs)).items[0]?.id ?? '';
    expect((await deadLetters()).items).toEqual([]);
    expect((await listQueues(testJobActor())).items.map((queue) => queue.deadLetters)).not.toContain(1);
    await expect(discardJob(testJobActor(), id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(discardJob(await userActor('auditor', theirs), id)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await discardJob(testJobActor(theirs), id);
    expect((await deadLetters(theirs)).items).toEqual([]);
    expect(await scene.admin`select 1 from audit_event where action = 'job.discarded'`).toHaveLength(1);
  });

  it('is never given to its handler when its payload is of an unknown form', async () => {
    await failFast();
    let runs = 0;
    startWorker(async () => {
      runs += 1;
    });
    await add();
    await scene.admin`update pgboss.job set data = data || '{"v": 2}' where name = ${NAME}`;
    await until(async () => expect((await deadLetters()).items).toHaveLength(1));
    expect(runs).toBe(0);
  });
});

describe('trouble', () => {
  /** Ends a job together with an effect that must happen once: a counter in the record. */
  const countOnce: Handler = async (actor, { rotationId }, { finish }) => {
    await inTenant(actor, async (tx) => {
      await recordAudit(tx, actor, {
        action: 'key.rotation_started',
        target: { type: 'key', id: rotationId, label: null },
      });
      await finish(tx);
    });
  };
  const counted = async () =>
    (await scene.admin`select target_id from audit_event where action = 'key.rotation_started'`).map(
      (row) => row.target_id,
    );

  it('of the database: lost connections cost time, no job', async () => {
    startWorker(countOnce);
    await add();
    await until(async () => expect(await counted()).toHaveLength(1));
    const name = new URL(scene.urls.superuser).pathname.slice(1);
    await scene.admin`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${name} and pid <> pg_backend_pid() and application_name like 'bulwark%'`;
    await until(async () => {
      await add();
    });
    await until(async () => expect(new Set(await states())).toEqual(new Set(['completed'])), 30_000);
    const ids = await counted();
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of a worker that was killed in the middle: another does its jobs, each once', async () => {
    await scene.admin`update pgboss.queue set heartbeat_seconds = 10 where name = ${NAME}`;
    await scene.admin`truncate audit_event`;
    for (let i = 0; i < 6; i++) await add();
    const killed = fork('lib/platform/jobs/test/stuck-worker.ts', [JSON.stringify(scene.urls)], {
      execArgv: ['--import', 'tsx'],
    });
    await until(
      async () => expect((await states()).filter((state) => state === 'active')).toHaveLength(2),
      30_000,
    );
    killed.kill('SIGKILL');
    startWorker(countOnce);
    await until(async () => expect(await states()).toEqual(Array(6).fill('completed')), 45_000);
    const ids = await counted();
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
  }, 90_000);

  it('of two attempts at one job: the late one cannot commit its effect', async () => {
    await scene.admin`truncate audit_event`;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let attempts = 0;
    let lateError: unknown;
    startWorker(async (actor, payload, context) => {
      attempts += 1;
      if (attempts === 1) {
        await held;
        await countOnce(actor, payload, context).catch((error: unknown) => {
          lateError = error;
        });
        return;
      }
      await countOnce(actor, payload, context);
      release();
    });
    await add();
    await until(() => expect(attempts).toBe(1));
    await scene.admin`update pgboss.job set state = 'retry', start_after = now() where name = ${NAME}`;
    await until(() => expect(lateError).toMatchObject({ code: 'conflict' }));
    expect(await counted()).toHaveLength(1);
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
