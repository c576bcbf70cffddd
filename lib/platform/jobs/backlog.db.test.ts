import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScene, type Scene } from '@/db/test/scene';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { type Backlog, createBacklogReader, readBacklog } from './backlog';
import { DEAD_LETTER_QUEUE, JOB_NAMES } from './contract';
import { addWorkerMetrics } from './metrics';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const [queue] = JOB_NAMES;
const insertJob = (name: string, source: string | null) =>
  scene.admin`insert into pgboss.job (name, data, created_on, start_after, source_name)
    values (${name}, ${scene.admin.json({ tenantId: DEFAULT_TENANT_ID })}, now() - interval '90 seconds',
      now() - interval '90 seconds', ${source})`;
const countOf = (backlog: Backlog, state: string) =>
  backlog.jobs.find((one) => one.queue === queue && one.state === state)?.count;

it('counts the jobs of every tenant by queue and state, and the age of the oldest that is due', async () => {
  const empty = await readBacklog();
  expect(empty.jobs).toHaveLength(4 * JOB_NAMES.length);
  expect(empty).toMatchObject({ oldestDueSeconds: 0, deliveries: 0 });
  await insertJob(queue, null);
  await insertJob(queue, null);
  await insertJob(DEAD_LETTER_QUEUE, queue);
  const backlog = await readBacklog();
  expect([countOf(backlog, 'waiting'), countOf(backlog, 'dead'), countOf(backlog, 'active')]).toEqual([
    2, 1, 0,
  ]);
  expect(backlog.oldestDueSeconds).toBeGreaterThan(85);
  expect(backlog.oldestDueSeconds).toBeLessThan(300);
});

it('shows it to Prometheus, and no number where the database does not answer', async () => {
  const registry = new Registry();
  const state = { name: 'count use', everyMs: 5_000, lastSuccessAt: new Date(1_000_000), failures: 0 };
  let isDown = false;
  const read = async () => (isDown ? null : readBacklog());
  addWorkerMetrics(registry, () => [state], read);
  const text = await registry.metrics();
  expect(text).toContain(`bulwark_jobs{queue="${queue}",state="waiting"} 2`);
  expect(text).toContain('bulwark_worker_job_last_success_timestamp_seconds{job="count use"} 1000');
  isDown = true;
  expect(await registry.metrics()).toContain('bulwark_jobs_oldest_due_seconds Nan');
});

it('reads once for all who ask within ten seconds', async () => {
  let readings = 0;
  const read = createBacklogReader(async () => {
    readings += 1;
    return readBacklog();
  });
  await Promise.all([read(), read(), read()]);
  await read();
  expect(readings).toBe(1);
  expect(await createBacklogReader(() => Promise.reject(new Error('down')))()).toBeNull();
});
