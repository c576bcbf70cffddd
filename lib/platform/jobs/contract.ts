import { z } from 'zod';
import type { JobActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';

/** Work that the worker repeats for every tenant. It must be idempotent: two workers may run it at once. */
export interface TenantJob {
  name: string;
  everyMs: number;
  run(actor: JobActor): Promise<void>;
}

/** How a job is named in the log: `worker: <job>`. */
export function jobActor(tenantId: string, job: string): JobActor {
  return {
    type: 'job',
    tenantId,
    label: `worker: ${job}`,
    request: { requestId: newId(), ip: null, userAgent: null, method: null, host: null, path: null },
  };
}

/** How a queue treats its jobs; times in seconds. */
export interface QueueSettings {
  /** What the queue screen calls it. */
  label: string;
  /** Attempts after the first one fails; then the job becomes a dead letter. */
  retries: number;
  /** The wait before the first retry; it doubles with each one, with jitter, up to `retryDelayMax`. */
  retryDelay: number;
  retryDelayMax: number;
  /** An attempt that takes longer counts as failed. */
  expire: number;
  /** A worker that is silent for this long has lost its jobs to the others; at least 10. */
  heartbeat: number;
}

const standardQueue = { retries: 8, retryDelay: 5, retryDelayMax: 900, expire: 300, heartbeat: 20 };

function jobType<P extends z.ZodObject>(payload: P, settings: Partial<QueueSettings> & { label: string }) {
  return { payload, settings: { ...standardQueue, ...settings } satisfies QueueSettings };
}

/** What every payload holds: its form, raised when its fields change their meaning, and whose job it is. */
const payloadBase = { v: z.literal(1), tenantId: z.uuid() };

/**
 * Every type of job, with its payload. To add one: a line here, its handler in `lib/<room>/jobs.ts`, and a line in
 * `lib/processes/job-registry.ts` (a missing one does not compile). The migrator makes the queues. Ids travel, never secrets.
 */
export const JOB_TYPES = {
  'keys.deliver-rotation': jobType(z.strictObject({ ...payloadBase, rotationId: z.uuid() }), {
    label: 'Deliver new secrets',
  }),
  'supabase.sync-ban': jobType(z.strictObject({ ...payloadBase, userId: z.uuid() }), {
    label: 'Bans at Supabase',
  }),
  'checklist.run': jobType(z.strictObject({ ...payloadBase, runId: z.uuid() }), {
    label: 'Run the checklist',
    retries: 3,
    expire: 900,
  }),
  'findings.import-scan': jobType(z.strictObject({ ...payloadBase, scanId: z.uuid() }), {
    label: 'Import scans',
    expire: 1800,
  }),
  'scanners.run': jobType(z.strictObject({ ...payloadBase, runId: z.uuid() }), {
    label: 'Run scanners',
    retries: 2,
    expire: 10_800,
  }),
  'secrets.read-backend': jobType(z.strictObject({ ...payloadBase, backendId: z.uuid() }), {
    label: 'Read secret backends',
    retries: 2,
    expire: 900,
  }),
} as const;

export type JobName = keyof typeof JOB_TYPES;
export const JOB_NAMES = Object.keys(JOB_TYPES) as [JobName, ...JobName[]];
export type JobPayload<N extends JobName> = z.output<(typeof JOB_TYPES)[N]['payload']>;
export type JobInput<N extends JobName> = z.input<(typeof JOB_TYPES)[N]['payload']>;

export const listDeadLettersInput = z.strictObject({
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListDeadLettersInput = z.input<typeof listDeadLettersInput>;

const dateText = z.iso.datetime();

/** One queue as a tenant sees it: its own jobs only. `oldestAt`: since when the oldest one waits. */
export const queueDto = z.object({
  name: z.string(),
  label: z.string(),
  waiting: z.number().int(),
  /** Waiting for another attempt after a failure. */
  retrying: z.number().int(),
  active: z.number().int(),
  oldestAt: dateText.nullable(),
  /** In the last seven days. */
  done: z.number().int(),
  deadLetters: z.number().int(),
});
export type QueueDto = z.infer<typeof queueDto>;
export const queueListDto = z.object({ items: z.array(queueDto), nextCursor: z.null() });
export type QueueListDto = z.infer<typeof queueListDto>;

/** A job that failed for good: `reason` is the last failure, `payload` what it was given (ids, never secrets). */
export const deadLetterDto = z.object({
  id: z.uuid(),
  queue: z.string(),
  label: z.string(),
  reason: z.string(),
  attempts: z.number().int(),
  queuedAt: dateText,
  failedAt: dateText,
  payload: z.record(z.string(), z.unknown()),
});
export type DeadLetterDto = z.infer<typeof deadLetterDto>;
export const deadLetterListDto = z.object({
  items: z.array(deadLetterDto),
  nextCursor: z.string().nullable(),
});
export type DeadLetterListDto = z.infer<typeof deadLetterListDto>;
export const settledJobDto = z.object({ id: z.uuid() });

/** Where jobs go that failed for good. */
export const DEAD_LETTER_QUEUE = 'dead-letter';

/** The queues as pg-boss's `create_queue` takes them; the dead letters first, since the others name it. */
export function queueDefinitions(): { name: string; options: Record<string, unknown> }[] {
  const keepDays = (days: number) => days * 86_400;
  const deadLetters = {
    name: DEAD_LETTER_QUEUE,
    options: { policy: 'standard', retentionSeconds: keepDays(90), deleteAfterSeconds: keepDays(90) },
  };
  const queues = Object.entries(JOB_TYPES).map(([name, { settings }]) => ({
    name,
    options: {
      policy: 'standard',
      retryLimit: settings.retries,
      retryDelay: settings.retryDelay,
      retryBackoff: true,
      retryDelayMax: settings.retryDelayMax,
      expireInSeconds: settings.expire,
      heartbeatSeconds: settings.heartbeat,
      retentionSeconds: keepDays(90),
      deleteAfterSeconds: keepDays(7),
      deadLetter: DEAD_LETTER_QUEUE,
      notify: true,
    },
  }));
  return [deadLetters, ...queues];
}
