import { sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import {
  DEAD_LETTER_QUEUE,
  type DeadLetterListDto,
  JOB_NAMES,
  JOB_TYPES,
  type ListDeadLettersInput,
  listDeadLettersInput,
  type QueueListDto,
} from './contract';

interface QueueRow extends Record<string, unknown> {
  name: string;
  waiting: number;
  retrying: number;
  active: number;
  done: number;
  dead_letters: number;
  oldest: string | null;
}

const labels: Record<string, { settings: { label: string } }> = JOB_TYPES;
const labelOf = (queue: string) => labels[queue]?.settings.label ?? queue;
const isoText = (at: string) => new Date(at).toISOString();

/** Every queue with the tenant's jobs in it. */
export async function listQueues(actor: Actor): Promise<QueueListDto> {
  requirePermission(actor, 'settings:read');
  const rows = await readTenant(actor, (tx) =>
    tx.execute<QueueRow>(sql`
      select coalesce(source_name, name) as name,
        count(*) filter (where source_name is null and state = 'created')::int as waiting,
        count(*) filter (where source_name is null and state = 'retry')::int as retrying,
        count(*) filter (where source_name is null and state = 'active')::int as active,
        count(*) filter (where source_name is null and state = 'completed'
          and completed_on > now() - interval '7 days')::int as done,
        count(*) filter (where name = ${DEAD_LETTER_QUEUE})::int as dead_letters,
        min(greatest(created_on, start_after)) filter (where source_name is null and state in ('created', 'retry')
          and start_after <= now())::text as oldest
      from pgboss.job
      where data ->> 'tenantId' = ${actor.tenantId}
      group by 1`),
  );
  const found = new Map(rows.map((row) => [row.name, row]));
  const items = JOB_NAMES.map((name) => {
    const row = found.get(name);
    return {
      name,
      label: labelOf(name),
      waiting: row?.waiting ?? 0,
      retrying: row?.retrying ?? 0,
      active: row?.active ?? 0,
      done: row?.done ?? 0,
      deadLetters: row?.dead_letters ?? 0,
      oldestAt: row?.oldest ? isoText(row.oldest) : null,
    };
  });
  return { items, nextCursor: null };
}

interface DeadLetterRow extends Record<string, unknown> {
  id: string;
  queue: string;
  reason: string | null;
  attempts: number;
  queued_at: string;
  failed_at: string;
  data: Record<string, unknown>;
}

/** The dead letters of the tenant, newest first. */
export async function listDeadLetters(actor: Actor, given: ListDeadLettersInput): Promise<DeadLetterListDto> {
  requirePermission(actor, 'settings:read');
  const { cursor, limit } = listDeadLettersInput.parse(given);
  const place = cursor ? decodeCursor(cursor, timeAndId) : null;
  const before = place
    ? sql`and (created_on, id) < (${place.at}::timestamptz, ${place.id}::uuid)`
    : sql.empty();
  const rows = await readTenant(actor, (tx) =>
    tx.execute<DeadLetterRow>(sql`
      select id, coalesce(source_name, name) as queue,
        coalesce(source_output ->> 'message', source_output -> 'value' ->> 'message') as reason,
        coalesce(source_retry_count, 0) + 1 as attempts, coalesce(source_created_on, created_on)::text as queued_at,
        to_char(created_on at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as failed_at, data
      from pgboss.job
      where name = ${DEAD_LETTER_QUEUE} and data ->> 'tenantId' = ${actor.tenantId} ${before}
      order by created_on desc, id desc limit ${limit + 1}`),
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    items: page.map((row) => {
      const { tenantId: _tenantId, ...payload } = row.data;
      return {
        id: row.id,
        queue: row.queue,
        label: labelOf(row.queue),
        reason: row.reason ?? 'The job timed out, or its worker stopped responding.',
        attempts: row.attempts,
        queuedAt: isoText(row.queued_at),
        failedAt: isoText(row.failed_at),
        payload,
      };
    }),
    nextCursor: last ? encodeCursor({ at: last.failed_at, id: last.id }) : null,
  };
}

/** Which queue a dead letter came from. @throws AppError not_found, also for another tenant's */
export async function deadLetterSource(tx: ReadTx, tenantId: string, id: string): Promise<string> {
  const [row] = isId(id)
    ? await tx.execute<{ queue: string }>(sql`
        select coalesce(source_name, name) as queue from pgboss.job
        where name = ${DEAD_LETTER_QUEUE} and id = ${id}::uuid and data ->> 'tenantId' = ${tenantId}`)
    : [];
  if (row) return row.queue;
  throw new AppError('not_found', 'Failed job not found. It may have been retried.');
}
