import { sql } from 'drizzle-orm';
import { keyRotation } from '@/db/schema/rotation';
import { inTenant, type WriteTx } from '@/db/scope';
import { graceSecondsOf } from '@/lib/access/api-keys/change/key-access';
import { keyTarget, type LockedKey, lockKey } from '@/lib/access/api-keys/change/key-store';
import { noticeRotationDue } from '@/lib/access/api-keys/notices';
import { dueAtMs, isDueNow } from '@/lib/access/api-keys/rotation-rules';
import { versionIn } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DAY_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { enqueue } from '@/lib/platform/jobs/enqueue';
import {
  openRotationOf,
  ownersOfToday,
  type PlannedKey,
  readPlannedKeys,
  readPolicy,
} from './rotation-store';

/** Rotations of one tenant begin one after the other: two workers must not pick two keys of one owner. */
async function takeTurn(tx: WriteTx, tenantId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('key rotation ' || ${tenantId}, 0))`);
}

function refuseEnded(key: LockedKey): void {
  const { revokedAtMs, expiresAtMs } = key.key;
  if (revokedAtMs !== null) throw new AppError('conflict', 'The key is revoked. Create a new key.');
  if (expiresAtMs !== null && key.nowMs >= expiresAtMs) {
    throw new AppError('conflict', 'The key has expired. Change its end date first, or create a new key.');
  }
  if (!versionIn(key.versions, 'current')) {
    throw new AppError('conflict', 'No secret of the key is in use. Rotate it by hand.');
  }
}

async function insertRotation(
  tx: WriteTx,
  actor: Actor,
  key: LockedKey,
  planned: PlannedKey,
  cause: 'policy' | 'person',
) {
  const { rules } = planned;
  const [rotation] = await tx
    .insert(keyRotation)
    .values({
      tenantId: actor.tenantId,
      id: newId(),
      keyId: key.row.id,
      ownerUserId: key.row.ownerUserId,
      cause,
      state: 'open',
      dueAt: new Date(dueAtMs(planned) ?? key.nowMs),
      openedAt: new Date(key.nowMs),
      delivery: planned.delivery,
      graceSeconds: graceSecondsOf(rules.grace),
      onUnused: rules.onUnused,
      deadlineAt: new Date(key.nowMs + rules.unusedDays * DAY_MS),
    })
    .returning();
  if (!rotation) throw new Error('The rotation was not returned');
  await recordAudit(tx, actor, {
    action: 'key.rotation_started',
    target: keyTarget(key.row),
    details: {
      cause,
      delivery: rotation.delivery,
      onUnused: rotation.onUnused,
      deadlineAt: rotation.deadlineAt.toISOString(),
    },
  });
  await noticeRotationDue(tx, key.row, rotation);
  if (rotation.delivery === 'jwe' || rotation.delivery === 'file') {
    const payload = { v: 1 as const, tenantId: actor.tenantId, rotationId: rotation.id };
    await enqueue(tx, 'keys.deliver-rotation', payload, { once: rotation.id });
  }
  return rotation;
}

async function plannedKey(tx: WriteTx, tenantId: string, keyId: string) {
  const policy = await readPolicy(tx, tenantId);
  const [planned] = await readPlannedKeys(tx, tenantId, policy, keyId);
  if (!planned) throw new Error('The locked key was not found');
  return { planned, policy };
}

/**
 * Begins a rotation: no secret is made yet, the old one stays. By a person it begins at once, by the policy only if it is
 * still due, inside the window, and the only one of its owner on this day.
 * @returns the rotation's id, or `null` where the policy does not want it any more
 * @throws AppError conflict where one is under way, or the key has ended
 */
export async function startRotation(
  actor: Actor,
  keyId: string,
  cause: 'policy' | 'person' = 'person',
): Promise<{ id: string } | null> {
  requirePermission(actor, 'keys:write');
  return inTenant(actor, async (tx) => {
    await takeTurn(tx, actor.tenantId);
    const key = await lockKey(tx, actor.tenantId, keyId);
    const { planned, policy } = await plannedKey(tx, actor.tenantId, keyId);
    if (cause === 'policy') {
      if (!isDueNow(planned, policy.timeZone, key.nowMs)) return null;
      const owners = await ownersOfToday(tx, actor.tenantId, policy.timeZone, key.nowMs);
      if (planned.ownerUserId !== null && owners.has(planned.ownerUserId)) return null;
    } else {
      refuseEnded(key);
      if (planned.isRotating || (await openRotationOf(tx, actor.tenantId, keyId))) {
        throw new AppError('conflict', 'A rotation of this key is already in progress.');
      }
    }
    const { id } = await insertRotation(tx, actor, key, planned, cause);
    return { id };
  });
}
