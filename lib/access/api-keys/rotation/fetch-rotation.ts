import { inTenant, readDeciding, type WriteTx } from '@/db/scope';
import {
  insertVersion,
  keyTarget,
  type LockedKey,
  lockKey,
  touchKey,
  writeVersions,
} from '@/lib/access/api-keys/change/key-store';
import { readKey } from '@/lib/access/api-keys/read/queries';
import type { FetchedSecretDto, SelfRotationDto } from '@/lib/access/api-keys/rotation-contract';
import { addSuccessor, versionIn } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor, KeyActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { firstUseMs, promoteTo } from './promote-version';
import { changeRotation, openRotationOf, type RotationRow } from './rotation-store';

function requireKey(actor: Actor): KeyActor {
  requirePermission(actor, 'keys:self-rotate');
  if (actor.type === 'key') return actor;
  throw new AppError('forbidden', 'Only a service can call this, using its own API key.');
}

/** Whether the rotation's secret has come into use: it only waits to be closed, and must not make another one. */
function isInUse(
  rotation: RotationRow,
  versions: readonly { id: string; activatedAt: string | number | null }[],
): boolean {
  return versions.some(({ id, activatedAt }) => id === rotation.versionId && activatedAt !== null);
}

const usesOf = (key: LockedKey) =>
  key.versions.map(({ id, activatedAtMs }) => ({ id, activatedAt: activatedAtMs }));

/** Whether a new secret waits for the calling key. Asking is no use of a new secret: its grace clock does not start. */
export async function getOwnRotation(caller: Actor): Promise<SelfRotationDto> {
  const actor = requireKey(caller);
  return readDeciding(actor, async (tx) => {
    const key = await readKey(tx, actor.tenantId, actor.keyId);
    const open = await openRotationOf(tx, actor.tenantId, actor.keyId);
    const rotation = open && !isInUse(open, key.versions) ? open : undefined;
    const own = key.versions.find((version) => version.id === actor.versionId);
    if (own?.state !== 'pending' && own?.state !== 'current' && own?.state !== 'grace') {
      throw new AppError('conflict', 'Another request has already replaced this secret. Use the newer one.');
    }
    return {
      keyId: key.id,
      name: key.name,
      version: own.number,
      state: own.state,
      endsAt: own.endsAt,
      shouldFetch: rotation?.delivery === 'pull' && own.state === 'current',
      rotation: rotation
        ? {
            openedAt: rotation.openedAt.toISOString(),
            deadlineAt: rotation.deadlineAt.toISOString(),
            onUnused: rotation.onUnused,
          }
        : null,
    };
  });
}

/**
 * Makes the rotation's secret and stores its version as pending; an older unused one is superseded.
 * @returns the secret, or `null` where an earlier one is in use, which is promoted where only the record knows of it
 */
export async function makeRotationSecret(
  tx: WriteTx,
  actor: Actor,
  key: LockedKey,
  rotation: RotationRow,
): Promise<{ secret: string; number: number; versionId: string } | null> {
  if (isInUse(rotation, usesOf(key))) return null;
  const pending = versionIn(key.versions, 'pending');
  const usedAtMs = pending ? await firstUseMs(tx, actor.tenantId, key.row.id, pending.id) : null;
  if (usedAtMs !== null) {
    await promoteTo(tx, actor, key, usedAtMs);
    return null;
  }
  const successorId = newId();
  const changes = addSuccessor(key, {
    successorId,
    start: 'first_use',
    compromised: false,
    graceSeconds: rotation.graceSeconds,
  });
  const facts = changes.find((version) => version.id === successorId);
  if (!facts) throw new Error('A rotation made no successor');
  const others = changes.filter((version) => version.id !== successorId);
  await writeVersions(tx, key, others);
  const secret = await insertVersion(tx, actor.tenantId, {
    keyId: key.row.id,
    environment: key.row.environment,
    facts,
    createdBy: null,
    reason: 'Automatic rotation',
  });
  await touchKey(tx, key);
  await changeRotation(tx, rotation, { versionId: successorId, fetches: rotation.fetches + 1 });
  return { secret, number: facts.number, versionId: successorId };
}

type Outcome = { fetched: FetchedSecretDto } | { inUse: true };

/**
 * Gives a service the new secret of its own key, made at this moment. A lost answer is asked for again: the new secret
 * supersedes the unused one. Nothing that could be read back is stored.
 * @throws AppError conflict where no rotation is due, or the caller's secret is not the current one
 */
export async function fetchOwnRotation(caller: Actor): Promise<FetchedSecretDto> {
  const actor = requireKey(caller);
  const outcome = await inTenant<Outcome>(actor, async (tx) => {
    const key = await lockKey(tx, actor.tenantId, actor.keyId);
    const rotation = await openRotationOf(tx, actor.tenantId, actor.keyId);
    if (rotation?.delivery !== 'pull' || isInUse(rotation, usesOf(key))) {
      throw new AppError('conflict', 'No new secret is available for this key.');
    }
    if (versionIn(key.versions, 'current')?.id !== actor.versionId) {
      throw new AppError('conflict', 'Use the key’s current secret to fetch the next one.');
    }
    const made = await makeRotationSecret(tx, actor, key, rotation);
    if (!made) return { inUse: true };
    await changeRotation(tx, rotation, { state: 'delivered', deliveredAt: new Date(key.nowMs) });
    await recordAudit(tx, actor, {
      action: 'key.rotation_fetched',
      target: keyTarget(key.row),
      details: { version: made.number, fetches: rotation.fetches + 1 },
    });
    const { graceSeconds, deadlineAt } = rotation;
    const deadline = deadlineAt.toISOString();
    return {
      fetched: {
        keyId: key.row.id,
        version: made.number,
        secret: made.secret,
        graceSeconds,
        deadlineAt: deadline,
      },
    };
  });
  if ('fetched' in outcome) return outcome.fetched;
  throw new AppError(
    'conflict',
    'The new secret was already fetched and is in use. Read it from where it was stored.',
  );
}
