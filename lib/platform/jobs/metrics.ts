import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Backlog } from './backlog';
import { type LoopState, observeLoops } from './run';

const SECONDS_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

function addLoops(registry: Registry, loops: () => LoopState[]): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: (loop: LoopState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['job'],
      registers,
      collect() {
        for (const loop of loops()) this.set({ job: loop.name }, read(loop));
      },
    });
  gauge(
    'bulwark_worker_job_last_success_timestamp_seconds',
    'When the repeated job last succeeded, in Unix time; 0 where it never did.',
    ({ lastSuccessAt }) => (lastSuccessAt?.getTime() ?? 0) / 1000,
  );
  gauge('bulwark_worker_job_interval_seconds', 'How often the job runs.', ({ everyMs }) => everyMs / 1000);
  const runs = new Counter({
    name: 'bulwark_worker_job_runs_total',
    help: 'Runs of repeated jobs, by outcome.',
    labelNames: ['job', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'bulwark_worker_job_seconds',
    help: 'How long one run took, over all tenants.',
    labelNames: ['job'],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  observeLoops((job, isDone, took) => {
    runs.inc({ job, outcome: isDone ? 'done' : 'failed' });
    seconds.observe({ job }, took);
  });
}

function addBacklog(registry: Registry, read: () => Promise<Backlog | null>): void {
  const registers = [registry];
  const gauge = (name: string, help: string, measure: (backlog: Backlog) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const backlog = await read();
        this.set(backlog === null ? Number.NaN : measure(backlog));
      },
    });
  new Gauge({
    name: 'bulwark_jobs',
    help: 'Jobs in the queues of all tenants; dead ones failed for good.',
    labelNames: ['queue', 'state'],
    registers,
    async collect() {
      this.reset();
      for (const { queue, state, count } of (await read())?.jobs ?? []) this.set({ queue, state }, count);
    },
  });
  gauge(
    'bulwark_jobs_oldest_due_seconds',
    'Age of the oldest job that is due and was not begun; NaN where the database does not answer.',
    ({ oldestDueSeconds }) => oldestDueSeconds,
  );
  gauge(
    'bulwark_notification_deliveries_waiting',
    'Notifications that were not delivered yet; NaN where the database does not answer.',
    ({ deliveries }) => deliveries,
  );
  gauge(
    'bulwark_usage_lag_seconds',
    'How far the use of keys is counted behind the record, of the tenant furthest behind.',
    ({ usageLagSeconds }) => usageLagSeconds ?? Number.NaN,
  );
}

/** What Prometheus reads from the worker beside the process itself. */
export function addWorkerMetrics(
  registry: Registry,
  loops: () => LoopState[],
  backlog: () => Promise<Backlog | null>,
): void {
  addLoops(registry, loops);
  addBacklog(registry, backlog);
}
