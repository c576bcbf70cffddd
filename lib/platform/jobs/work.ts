import { sql } from 'drizzle-orm';
import { fromDrizzle, type Job, PgBoss } from 'pg-boss';
import { openQueueConnection } from '@/db/job-queues';
import type { WriteTx } from '@/db/scope';
import { AppError } from '@/lib/platform/core/errors';
import { log } from '@/lib/platform/core/log';
import { BOSS_OPTIONS, logBossErrors } from './boss';
import { DEAD_LETTER_QUEUE, JOB_NAMES, JOB_TYPES, type JobName, type JobPayload, jobActor } from './contract';
import type { JobContext, JobHandler } from './enqueue';
import { createListener } from './listener';
import { createLoop, type LoopState } from './run';

export type JobHandlers = { readonly [N in JobName]: JobHandler<N> };

export interface JobWorkerOptions {
  /** Jobs of one queue at the same time in this process. */
  concurrency?: number;
  pollSeconds?: number;
  /** The same while notices of new jobs arrive; retries come without a notice. */
  pollBesideNoticesSeconds?: number;
  /** How often jobs are looked for whose worker fell silent or that took too long. */
  superviseSeconds?: number;
}

export interface JobWorker {
  start(): void;
  /** Takes no more jobs and waits for those under way, at most `graceMs`; what is left then fails and is retried. */
  stop(graceMs?: number): Promise<void>;
  state(): LoopState;
}

const CHECK_MS = 5_000;
const LISTEN_CHECK_MS = 4_000;
const STOP_GRACE_MS = 10_000;

/** Notices of new jobs; the queue is polled as well, so a lost one only costs time. */
async function listen(
  channel: string,
  onNotice: (payload: string) => void,
  onReconnect: () => void,
): Promise<{ close(): Promise<void> }> {
  const listener = createListener(channel, onNotice, { onListen: onReconnect });
  const loop = createLoop(`listen to ${channel}`, LISTEN_CHECK_MS, () => listener.check());
  loop.start();
  return {
    close: async () => {
      await loop.stop();
      await listener.stop();
    },
  };
}

function contextOf(boss: PgBoss, job: Job): JobContext {
  return {
    jobId: job.id,
    attempt: job.retryCount + 1,
    signal: job.signal,
    finish: async (tx: WriteTx) => {
      const ended: object = await boss.complete(job.name, job, null, { db: fromDrizzle(tx, sql) });
      if ('affected' in ended && ended.affected === 1) return;
      throw new AppError('conflict', 'Another worker has taken over this job.');
    },
  };
}

/** The cast says what the schema of this very name has just proven. */
function payloadOf<N extends JobName>(name: N, data: unknown): JobPayload<N> {
  return JOB_TYPES[name].payload.parse(data) as JobPayload<N>;
}

async function runJob<N extends JobName>(
  boss: PgBoss,
  name: N,
  handler: JobHandler<N>,
  job: Job,
): Promise<void> {
  const startedMs = performance.now();
  const facts = { job: name, jobId: job.id, attempt: job.retryCount + 1 };
  try {
    const payload = payloadOf(name, job.data);
    await handler(jobActor(payload.tenantId, name), payload, contextOf(boss, job));
    log().info({ ...facts, durationMs: Math.round(performance.now() - startedMs) }, 'a job is done');
  } catch (err) {
    log().error({ err, ...facts, durationMs: Math.round(performance.now() - startedMs) }, 'a job failed');
    throw new Error(reasonOf(err));
  }
}

/** What the queue keeps of a failure: one sentence, no stack, no parameters of a statement. */
function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  if (!(error instanceof Error)) return 'The job failed without an error message.';
  return error.name === 'DrizzleQueryError'
    ? 'A statement failed; the log of the worker has the cause.'
    : error.message.slice(0, 500);
}

async function refuseMissingQueues(boss: PgBoss): Promise<void> {
  const known = new Set((await boss.getQueues()).map((queue) => queue.name));
  const missing = [DEAD_LETTER_QUEUE, ...JOB_NAMES].filter((name) => !known.has(name));
  if (missing.length > 0)
    throw new Error(`The database lacks the queues ${missing.join(', ')}. Run "bulwark migrate".`);
}

/** Takes jobs from the queues and runs their handlers; survives a database that goes away and comes back. */
export function createJobWorker(handlers: JobHandlers, options: JobWorkerOptions = {}): JobWorker {
  const { concurrency = 2, pollSeconds = 2, pollBesideNoticesSeconds = 5, superviseSeconds = 15 } = options;
  let boss: PgBoss | undefined;
  let closeConnection = async () => {};

  async function workOne<N extends JobName>(started: PgBoss, name: N): Promise<void> {
    const handler: JobHandler<N> = handlers[name];
    let workerId = '';
    workerId = await started.work<object>(
      name,
      {
        batchSize: 1,
        pollingIntervalSeconds: pollSeconds,
        notifyPollingIntervalSeconds: pollBesideNoticesSeconds,
      },
      async ([job]) => {
        if (!job) return;
        try {
          await runJob(started, name, handler, job);
        } finally {
          // Whoever ends a job looks for the next at once: a backlog must not wait for a poll between two jobs.
          started.notifyWorker(workerId);
        }
      },
    );
  }

  async function open(): Promise<void> {
    const { runner, close } = openQueueConnection('worker: jobs');
    const opened = new PgBoss({
      ...BOSS_OPTIONS,
      db: { ...runner, listen },
      useListenNotify: true,
      reindex: false,
      monitorVacuum: false,
      superviseIntervalSeconds: superviseSeconds,
      monitorIntervalSeconds: superviseSeconds,
      maintenanceIntervalSeconds: 3600,
      clockMonitorIntervalSeconds: 600,
    });
    try {
      await logBossErrors(opened).start();
      await refuseMissingQueues(opened);
    } catch (error) {
      await opened.stop({ graceful: false });
      await close();
      throw error;
    }
    boss = opened;
    closeConnection = close;
    for (const name of JOB_NAMES) {
      for (let i = 0; i < concurrency; i++) await workOne(opened, name);
    }
  }

  const loop = createLoop('job queues', CHECK_MS, async () => {
    if (!boss) await open();
    else await boss.getQueues();
  });

  return {
    start: () => loop.start(),
    state: () => loop.state(),
    async stop(graceMs = STOP_GRACE_MS) {
      await loop.stop();
      await boss?.stop({ graceful: true, timeout: graceMs });
      boss = undefined;
      await closeConnection();
    },
  };
}
