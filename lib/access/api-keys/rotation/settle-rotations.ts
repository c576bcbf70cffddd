import { and, eq, inArray, sql } from 'drizzle-orm';
import { keyRotation } from '@/db/schema/rotation';
import { inTenant, readDeciding, type WriteTx } from '@/db/scope';
import { keyTarget, type LockedKey, lockKey, writeVersions } from '@/lib/access/api-keys/change/key-store';
import { noticePendingUnused, noticeRotated } from '@/lib/access/api-keys/notices';
import { type RotationStep, rotationStep } from '@/lib/access/api-keys/rotation-rules';
import { isLive } from '@/lib/access/api-keys/rules';
import { expireCurrent, versionIn } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { firstUseMs, promoteTo } from './promote-version';
import { changeRotation, openRotationOf, type RotationRow } from './rotation-store';

interface UsedVersion extends Record<string, unknown> {
  id: string;
  number: number;
  activated_ms: number;
}

/** The first version made since the rotation began that came into use, whoever made it. */
async function usedVersion(tx: WriteTx, rotation: RotationRow): Promise<UsedVersion | undefined> {
  const [row] = await tx.execute<UsedVersion>(sql`
    select id, number, floor(extract(epoch from activated_at) * 1000)::float8 as activated_ms
    from public.api_key_version
    where tenant_id = ${rotation.tenantId}::uuid and key_id = ${rotation.keyId}::uuid
      and (created_at >= ${rotation.openedAt.toISOString()}::timestamptz or id = ${rotation.versionId}::uuid)
      and activated_at is not null
    order by number limit 1`);
  return row;
}

/** Uses of the pending secret that the record holds and nobody has seen yet. */
async function promoteIfUsed(tx: WriteTx, actor: Actor, key: LockedKey): Promise<boolean> {
  const pending = versionIn(key.versions, 'pending');
  const usedAtMs = pending ? await firstUseMs(tx, actor.tenantId, key.row.id, pending.id) : null;
  if (usedAtMs === null) return false;
  await promoteTo(tx, actor, key, usedAtMs);
  return true;
}

interface Case {
  key: LockedKey;
  rotation: RotationRow;
  used: UsedVersion | undefined;
}

async function close(tx: WriteTx, actor: Actor, { key, rotation, used }: Case): Promise<void> {
  const isDone = used !== undefined;
  const closeReason = isDone ? null : 'The key ended before its new secret was used.';
  await changeRotation(tx, rotation, {
    state: isDone ? 'done' : 'cancelled',
    closedAt: new Date(key.nowMs),
    closeReason,
    ciphertext: null,
    ...(used ? { versionId: used.id, firstUsedAt: new Date(used.activated_ms) } : {}),
  });
  await recordAudit(tx, actor, {
    action: 'key.rotation_closed',
    target: keyTarget(key.row),
    details: { state: isDone ? 'done' : 'cancelled', version: used?.number ?? null },
  });
  if (!used) return;
  const graceUntilMs = versionIn(key.versions, 'grace')?.graceUntilMs ?? null;
  const graceUntil = graceUntilMs === null ? null : new Date(graceUntilMs);
  await noticeRotated(
    tx,
    key.row,
    { id: used.id, activatedAt: new Date(used.activated_ms), graceUntil },
    true,
  );
}

async function escalate(
  tx: WriteTx,
  actor: Actor,
  { key, rotation }: Case,
  isWarning: boolean,
): Promise<void> {
  await changeRotation(tx, rotation, { escalatedAt: new Date(key.nowMs) });
  await recordAudit(tx, actor, {
    action: 'key.rotation_escalated',
    target: keyTarget(key.row),
    details: { openedAt: rotation.openedAt.toISOString(), onUnused: rotation.onUnused },
  });
  await noticePendingUnused(tx, key.row, rotation, isWarning ? 'warning' : 'unused', key.nowMs);
}

async function expire(tx: WriteTx, actor: Actor, { key, rotation }: Case): Promise<void> {
  const changes = expireCurrent(key);
  await writeVersions(tx, key, changes);
  const closeReason = 'The new secret was not used in time, so the policy ended the old one.';
  await changeRotation(tx, rotation, { state: 'expired', closedAt: new Date(key.nowMs), closeReason });
  await recordAudit(tx, actor, {
    action: 'key.rotation_expired',
    target: keyTarget(key.row),
    details: { versions: changes.map((version) => version.number) },
  });
  await noticePendingUnused(tx, key.row, rotation, 'expired', key.nowMs);
}

async function stepOf(tx: WriteTx, actor: Actor, found: Case): Promise<RotationStep> {
  const { key, rotation, used } = found;
  const { revokedAtMs, expiresAtMs } = key.key;
  const step = rotationStep(
    {
      onUnused: rotation.onUnused,
      deadlineAtMs: rotation.deadlineAt.getTime(),
      isEscalated: rotation.escalatedAt !== null,
      usedAtMs: used?.activated_ms ?? null,
      isKeyEnded:
        revokedAtMs !== null ||
        (expiresAtMs !== null && key.nowMs >= expiresAtMs) ||
        !key.versions.some((version) => isLive(version.state)),
    },
    key.nowMs,
  );
  // What the record knows and the sweep does not yet: the next run closes it.
  return step === 'expire' && (await promoteIfUsed(tx, actor, key)) ? 'wait' : step;
}

/** Does what is due for one rotation; the key's lock makes it once, whoever else tries. */
async function settleOne(tx: WriteTx, actor: Actor, keyId: string): Promise<boolean> {
  const key = await lockKey(tx, actor.tenantId, keyId);
  const rotation = await openRotationOf(tx, actor.tenantId, keyId);
  if (!rotation) return false;
  const found = { key, rotation, used: await usedVersion(tx, rotation) };
  const step = await stepOf(tx, actor, found);
  if (step === 'close' || step === 'cancel') await close(tx, actor, found);
  else if (step === 'expire') await expire(tx, actor, found);
  else if (step === 'escalate' || step === 'warn') await escalate(tx, actor, found, step === 'warn');
  return step !== 'wait';
}

/**
 * Closes rotations whose new secret is in use, escalates those that nobody picked up, and ends old secrets where the
 * policy is strict.
 * @returns how many rotations went on
 */
export async function settleRotations(actor: Actor): Promise<number> {
  requirePermission(actor, 'keys:write');
  const open = await readDeciding(actor, (tx) =>
    tx
      .select({ keyId: keyRotation.keyId })
      .from(keyRotation)
      .where(and(eq(keyRotation.tenantId, actor.tenantId), inArray(keyRotation.state, ['open', 'delivered'])))
      .orderBy(keyRotation.openedAt),
  );
  let settled = 0;
  for (const { keyId } of open) {
    if (await inTenant(actor, (tx) => settleOne(tx, actor, keyId))) settled += 1;
  }
  return settled;
}
