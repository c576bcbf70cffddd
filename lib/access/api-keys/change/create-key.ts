import { sql } from 'drizzle-orm';
import { apiKey } from '@/db/schema/api-keys';
import { inTenant, type WriteTx } from '@/db/scope';
import {
  type CreateKeyInput,
  createKeyInput,
  DEFAULT_EXPIRY_DAYS,
  type KeyWithSecretDto,
} from '@/lib/access/api-keys/contract';
import { readKey } from '@/lib/access/api-keys/read/queries';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DAY_MS } from '@/lib/platform/core/clock';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import { newId } from '@/lib/platform/core/ids';
import { refuseUngrantable, requireFuture, requireOwner, userIdOf } from './key-access';
import { databaseNowMs, insertVersion, keyTarget } from './key-store';

function expiryOf(asked: string | null | undefined, nowMs: number): Date | null {
  if (asked === null) return null;
  const expiresAt = asked === undefined ? new Date(nowMs + DEFAULT_EXPIRY_DAYS * DAY_MS) : new Date(asked);
  requireFuture(expiresAt.getTime(), nowMs);
  return expiresAt;
}

async function insertKey(tx: WriteTx, actor: Actor, input: ReturnType<typeof createKeyInput.parse>) {
  const nowMs = await databaseNowMs(tx);
  if (input.ownerUserId) await requireOwner(tx, actor.tenantId, input.ownerUserId);
  const { ownerUserId, expiresAt, ...given } = input;
  const createdBy = userIdOf(actor);
  const row = {
    tenantId: actor.tenantId,
    id: newId(),
    ...given,
    ownerUserId: ownerUserId ?? createdBy,
    expiresAt: expiryOf(expiresAt, nowMs),
    createdBy,
  };
  await tx
    .insert(apiKey)
    .values({ ...row, createdAt: sql`clock_timestamp()`, updatedAt: sql`clock_timestamp()` });
  const secret = await insertVersion(tx, actor.tenantId, {
    keyId: row.id,
    environment: row.environment,
    facts: {
      id: newId(),
      number: 1,
      state: 'current',
      predecessorGraceSeconds: 0,
      activatedAtMs: nowMs,
      graceUntilMs: null,
      endedAtMs: null,
      revokedReason: null,
      stateBeforeRevoke: null,
    },
    createdBy,
    reason: null,
  });
  return { row, secret };
}

/**
 * Creates a key with its first secret. The answer holds the secret, once; a repeat with the same Idempotency-Key
 * answers the same without it.
 */
export async function createKey(
  actor: Actor,
  given: CreateKeyInput,
  idempotencyKey: string | null = null,
): Promise<KeyWithSecretDto> {
  requirePermission(actor, 'keys:write');
  const input = createKeyInput.parse(given);
  refuseUngrantable(actor, input.scopes);
  return inTenant(actor, (tx) =>
    answerOnce<KeyWithSecretDto>(
      tx,
      actor,
      { key: idempotencyKey, route: 'keys.create', input },
      async () => {
        const { row, secret } = await insertKey(tx, actor, input);
        const { environment, scopes, allowedCidrs, ownerUserId, expiresAt } = row;
        await recordAudit(tx, actor, {
          action: 'key.created',
          target: keyTarget(row),
          details: { environment, scopes, allowedCidrs, ownerUserId, expiresAt },
        });
        const key = await readKey(tx, actor.tenantId, row.id);
        const answer = { key, version: 1, secret, replayed: false };
        return { answer, kept: { ...answer, secret: null, replayed: true } };
      },
    ),
  );
}
