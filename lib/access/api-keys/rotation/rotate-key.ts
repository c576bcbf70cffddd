import { inTenant, type WriteTx } from '@/db/scope';
import { graceSecondsOf, refuseUngrantable, userIdOf } from '@/lib/access/api-keys/change/key-access';
import {
  insertVersion,
  keyTarget,
  type LockedKey,
  lockKey,
  touchKey,
  writeVersions,
} from '@/lib/access/api-keys/change/key-store';
import { type KeyWithSecretDto, type RotateKeyInput, rotateKeyInput } from '@/lib/access/api-keys/contract';
import { readKey } from '@/lib/access/api-keys/read/queries';
import { addSuccessor, type VersionFacts } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import { newId } from '@/lib/platform/core/ids';

type Input = ReturnType<typeof rotateKeyInput.parse>;

async function writeSuccessor(tx: WriteTx, actor: Actor, key: LockedKey, input: Input) {
  const successorId = newId();
  const { start, compromised } = input;
  const changes = addSuccessor(key, {
    successorId,
    start,
    compromised,
    graceSeconds: graceSecondsOf(input.grace),
  });
  const isSuccessor = (version: VersionFacts) => version.id === successorId;
  const successor = changes.find(isSuccessor);
  if (!successor) throw new Error('A rotation made no successor');
  await writeVersions(
    tx,
    key,
    changes.filter((version) => !isSuccessor(version)),
  );
  const secret = await insertVersion(tx, actor.tenantId, {
    keyId: key.row.id,
    environment: key.row.environment,
    facts: successor,
    createdBy: userIdOf(actor),
    reason: input.reason ?? null,
  });
  return { successor, secret };
}

/**
 * Gives a key a new secret; the answer holds it, once. The old one lives on for the grace, or dies at commit where it
 * is compromised. A repeat with the same Idempotency-Key answers the same without the secret.
 */
export async function rotateKey(
  actor: Actor,
  keyId: string,
  given: RotateKeyInput,
  idempotencyKey: string | null = null,
): Promise<KeyWithSecretDto> {
  requirePermission(actor, 'keys:write');
  const input = rotateKeyInput.parse(given);
  return inTenant(actor, (tx) =>
    answerOnce<KeyWithSecretDto>(
      tx,
      actor,
      { key: idempotencyKey, route: `keys.rotate:${keyId}`, input },
      async () => {
        const key = await lockKey(tx, actor.tenantId, keyId);
        refuseUngrantable(actor, key.row.scopes);
        const { successor, secret } = await writeSuccessor(tx, actor, key, input);
        await touchKey(tx, key);
        const { grace, start, compromised } = input;
        await recordAudit(tx, actor, {
          action: 'key.rotated',
          target: keyTarget(key.row),
          details: { version: successor.number, state: successor.state, grace, start, compromised },
          ...(input.reason ? { reason: input.reason } : {}),
        });
        const answer = {
          key: await readKey(tx, actor.tenantId, keyId),
          version: successor.number,
          secret,
          replayed: false,
        };
        return { answer, kept: { ...answer, secret: null, replayed: true } };
      },
    ),
  );
}
