import { sql } from 'drizzle-orm';
import { asSystem } from '@/db/scope';
import { recordLagSeconds } from '@/lib/platform/audit/facts';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { countUndelivered } from '@/lib/platform/notifications/facts';
import { DEAD_LETTER_QUEUE, JOB_NAMES } from './contract';
import { listTenantIds } from './tenants';

export const QUEUE_STATES = ['waiting', 'retrying', 'active', 'dead'] as const;
export type QueueState = (typeof QUEUE_STATES)[number];

/** What waits in all tenants together. */
export interface Backlog {
  /** Jobs by queue and state; queues without jobs are there with 0. */
  jobs: { queue: string; state: QueueState; count: number }[];
  /** The age of the oldest job that is due, 0 where none is. */
  oldestDueSeconds: number;
  /** Deliveries of notifications that were not made yet. */
  deliveries: number;
  /** The furthest that any tenant's use of keys is counted behind the record; null where none ever was. */
  usageLagSeconds: number | null;
}

interface JobRow extends Record<string, unknown> {
  queue: string;
  waiting: number;
  retrying: number;
  active: number;
  dead: number;
  oldest_seconds: number | null;
}

async function readJobs(): Promise<Pick<Backlog, 'jobs' | 'oldestDueSeconds'>> {
  const rows = await asSystem('worker: backlog', (tx) =>
    tx.execute<JobRow>(sql`
      select coalesce(source_name, name) as queue,
        count(*) filter (where name <> ${DEAD_LETTER_QUEUE} and state = 'created')::int as waiting,
        count(*) filter (where name <> ${DEAD_LETTER_QUEUE} and state = 'retry')::int as retrying,
        count(*) filter (where name <> ${DEAD_LETTER_QUEUE} and state = 'active')::int as active,
        count(*) filter (where name = ${DEAD_LETTER_QUEUE})::int as dead,
        max(extract(epoch from now() - greatest(created_on, start_after))) filter (
          where name <> ${DEAD_LETTER_QUEUE} and state in ('created', 'retry') and start_after <= now())::float8 as oldest_seconds
      from pgboss.job
      where state in ('created', 'retry', 'active') or name = ${DEAD_LETTER_QUEUE}
      group by 1`),
  );
  const found = new Map(rows.map((row) => [row.queue, row]));
  return {
    jobs: JOB_NAMES.flatMap((queue) =>
      QUEUE_STATES.map((state) => ({ queue, state, count: found.get(queue)?.[state] ?? 0 })),
    ),
    oldestDueSeconds: Math.max(0, ...rows.map((row) => row.oldest_seconds ?? 0)),
  };
}

interface TenantBacklog {
  deliveries: number;
  lagSeconds: number | null;
}

async function readTenantBacklog(tenantId: string): Promise<TenantBacklog> {
  return asSystem(
    'worker: backlog',
    async (tx) => ({
      deliveries: await countUndelivered(tx, tenantId),
      lagSeconds: await recordLagSeconds(tx, tenantId),
    }),
    tenantId,
  );
}

/** Reads the backlog of the whole installation. */
export async function readBacklog(): Promise<Backlog> {
  const jobs = await readJobs();
  let deliveries = 0;
  let usageLagSeconds: number | null = null;
  for (const tenantId of await listTenantIds()) {
    const backlog = await readTenantBacklog(tenantId);
    deliveries += backlog.deliveries;
    if (backlog.lagSeconds !== null) usageLagSeconds = Math.max(usageLagSeconds ?? 0, backlog.lagSeconds);
  }
  return { ...jobs, deliveries, usageLagSeconds };
}

const READING_LASTS_MS = 10 * SECOND_MS;
const ANSWER_WITHIN_MS = 2 * SECOND_MS;

/** The newest reading: never older than ten seconds while the database answers, null where it does not. */
export function createBacklogReader(
  read: () => Promise<Backlog> = readBacklog,
): () => Promise<Backlog | null> {
  let reading: Promise<Backlog | null> | undefined;
  let startedMs = Number.NEGATIVE_INFINITY;
  let isUnderWay = false;
  return () => {
    if (!reading || (!isUnderWay && performance.now() - startedMs > READING_LASTS_MS)) {
      startedMs = performance.now();
      isUnderWay = true;
      reading = read()
        .catch(() => null)
        .finally(() => {
          isUnderWay = false;
        });
    }
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), ANSWER_WITHIN_MS).unref());
    return Promise.race([reading, late]);
  };
}
