import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { fromDrizzle } from 'pg-boss';
import type { WriteTx } from '@/db/scope';
import type { JobActor } from '@/lib/platform/auth/contract';
import { queueingBoss } from './boss';
import { JOB_TYPES, type JobInput, type JobName, type JobPayload } from './contract';

export interface EnqueueOptions {
  /** Not before this moment. */
  startAfter?: Date;
  /** The same text twice is one job, for a week after it ended: for work that must happen once. */
  once?: string;
}

/** What a handler knows of the attempt it is. */
export interface JobContext {
  jobId: string;
  /** 1 for the first one. */
  attempt: number;
  /** Aborted when the attempt has lost its job: it took too long, or the worker stops. */
  signal: AbortSignal;
  /**
   * Ends the job in the handler's own transaction: its effect and the job's end are committed together or not at all,
   * so it is never done twice. @throws where another attempt has taken over, which rolls the effect back
   */
  finish(tx: WriteTx): Promise<void>;
}

/** Does one job. It may run again after a crash, and its subject may have vanished: then it just returns. */
export type JobHandler<N extends JobName> = (
  actor: JobActor,
  payload: JobPayload<N>,
  context: JobContext,
) => Promise<void>;

/** A UUID that the name of a job and its `once` text always give. */
function idOf(name: string, once: string): string {
  const hex = createHash('sha256').update(`${name}\0${once}`).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

/**
 * Queues a job in the caller's transaction: it exists if and when that commits. The payload's tenant must be the
 * transaction's.
 * @returns the job's id, or `null` where `once` found that it was queued before
 */
export async function enqueue<N extends JobName>(
  tx: WriteTx,
  name: N,
  payload: JobInput<N>,
  options: EnqueueOptions = {},
): Promise<string | null> {
  const data = JOB_TYPES[name].payload.parse(payload);
  const boss = await queueingBoss();
  return boss.send(name, data, {
    db: fromDrizzle(tx, sql),
    ...(options.startAfter ? { startAfter: options.startAfter } : {}),
    ...(options.once === undefined ? {} : { id: idOf(name, `${payload.tenantId}:${options.once}`) }),
  });
}
