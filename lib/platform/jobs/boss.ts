import { type Clock, PgBoss } from 'pg-boss';
import { openQueueConnection } from '@/db/job-queues';
import { log } from '@/lib/platform/core/log';

/** pg-boss neither makes nor changes its schema at run time; the migrations do. */
export const BOSS_OPTIONS = {
  schema: 'pgboss',
  migrate: false,
  createSchema: false,
  schedule: false,
} as const;

/** pg-boss repeats things in the background; an instance that only queues needs none of it, and must not keep a process up. */
const timeless: Clock = {
  now: () => Date.now(),
  setTimeout: () => null,
  setInterval: () => null,
  clearTimeout: () => undefined,
  clearInterval: () => undefined,
};

export function logBossErrors(boss: PgBoss): PgBoss {
  // What it emits is not always an Error, whatever its type says.
  boss.on('error', (err) => log().error({ err, reason: err.message }, 'the job queue reported an error'));
  boss.on('warning', ({ message }) => log().warn({ warning: message }, 'the job queue reported a warning'));
  return boss;
}

let queueing: Promise<PgBoss> | undefined;

/** Reads the list of queues once, on a connection that it closes again. */
async function openQueueing(): Promise<PgBoss> {
  const { runner, close } = openQueueConnection('queue a job');
  try {
    const boss = new PgBoss({ ...BOSS_OPTIONS, db: runner, clock: timeless, supervise: false });
    return await logBossErrors(boss).start();
  } finally {
    await close();
  }
}

/** The instance for calls inside a caller's transaction: every call must pass its `db`. */
export function queueingBoss(): Promise<PgBoss> {
  queueing ??= openQueueing().catch((error: unknown) => {
    queueing = undefined;
    throw error;
  });
  return queueing;
}
