import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { idempotencyRecord } from '@/db/schema/idempotency';
import { inTenant, type WriteTx } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { AppError } from '@/lib/platform/core/errors';

const isOld = sql`${idempotencyRecord.createdAt} < statement_timestamp() - interval '24 hours'`;

export interface OnceRequest {
  /** The caller's Idempotency-Key; null means that every request stands for itself. */
  key: string | null;
  /** What is done to what, for example `keys.rotate:<id>`. */
  route: string;
  /** The parsed input: the same key with another input is a conflict. */
  input: unknown;
}

export interface OnceAnswer<T> {
  answer: T;
  /** The answer as it is kept for a repeat: without any secret. */
  kept: T;
}

function callerOf(actor: Actor): string {
  if (actor.type === 'user') return `user:${actor.userId}`;
  return actor.type === 'key' ? `key:${actor.keyId}` : actor.type;
}

function digestOf(input: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(input ?? null))
    .digest('hex');
}

/**
 * Runs `work` in the caller's transaction, unless the same caller did it in the last 24 hours with the same
 * Idempotency-Key: then the kept answer is given again. Two at once take turns.
 * @throws AppError `conflict` where the key was used for another request
 */
export async function answerOnce<T extends object>(
  tx: WriteTx,
  actor: Actor,
  request: OnceRequest,
  work: () => Promise<OnceAnswer<T>>,
): Promise<T> {
  const { key, route } = request;
  if (key === null) return (await work()).answer;
  const caller = callerOf(actor);
  const inputDigest = digestOf(request.input);
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`${actor.tenantId} ${caller} ${key}`}, 0))`,
  );
  const own = and(
    eq(idempotencyRecord.tenantId, actor.tenantId),
    eq(idempotencyRecord.caller, caller),
    eq(idempotencyRecord.key, key),
  );
  await tx.delete(idempotencyRecord).where(and(own, isOld));
  const [earlier] = await tx.select().from(idempotencyRecord).where(own);
  if (earlier) {
    if (earlier.route !== route || earlier.inputDigest !== inputDigest) {
      throw new AppError(
        'conflict',
        'This Idempotency-Key was already used for a different request. Send a new key.',
      );
    }
    return earlier.body as T;
  }
  const { answer, kept } = await work();
  await tx
    .insert(idempotencyRecord)
    .values({ tenantId: actor.tenantId, caller, key, route, inputDigest, status: 201, body: kept });
  return answer;
}

/** Deletes the kept answers of one tenant that are older than 24 hours. */
// guard: removes expired bookkeeping that no person can see; the changes themselves were recorded when made
export async function forgetOldAnswers(actor: Actor): Promise<void> {
  await inTenant(actor, async (tx) => {
    await tx.delete(idempotencyRecord).where(and(eq(idempotencyRecord.tenantId, actor.tenantId), isOld));
  });
}
