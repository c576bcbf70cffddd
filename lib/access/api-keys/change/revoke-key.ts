import { inTenant, type WriteTx } from '@/db/scope';
import {
  type KeyDto,
  type RevokeKeyInput,
  type RevokeReason,
  revokeKeyInput,
} from '@/lib/access/api-keys/contract';
import { readKey } from '@/lib/access/api-keys/read/queries';
import { revokeOne } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { keyTarget, type LockedKey, lockKey, touchKey, writeVersions } from './key-store';

/** A revocation may still become one for compromise, which can never be undone. */
async function revokeWhole(tx: WriteTx, key: LockedKey, reason: RevokeReason): Promise<void> {
  const { revokedAtMs, revokedReason } = key.key;
  const isEscalation = reason === 'KEY_COMPROMISE' && revokedReason !== reason;
  if (revokedAtMs !== null && !isEscalation) throw new AppError('conflict', 'The key is already revoked.');
  await touchKey(tx, key, { revokedAt: new Date(revokedAtMs ?? key.nowMs), revokedReason: reason });
}

/** Revokes a key, or one of its versions; from the commit on every gate refuses it. */
export async function revokeKey(actor: Actor, keyId: string, given: RevokeKeyInput): Promise<KeyDto> {
  requirePermission(actor, 'keys:write');
  const { reason, version, comment } = revokeKeyInput.parse(given);
  return inTenant(actor, async (tx) => {
    const key = await lockKey(tx, actor.tenantId, keyId);
    if (version === undefined) {
      await revokeWhole(tx, key, reason);
    } else {
      await writeVersions(tx, key, revokeOne(key, version, reason));
      await touchKey(tx, key);
    }
    await recordAudit(tx, actor, {
      action: version === undefined ? 'key.revoked' : 'key.version_revoked',
      target: keyTarget(key.row),
      details: { revokedReason: reason, ...(version === undefined ? {} : { version }) },
      ...(comment ? { reason: comment } : {}),
    });
    return readKey(tx, actor.tenantId, keyId);
  });
}
