import { inTenant } from '@/db/scope';
import { type KeyDto, type UndoRevokeInput, undoRevokeInput } from '@/lib/access/api-keys/contract';
import { readKey } from '@/lib/access/api-keys/read/queries';
import { refuseLateUndo, restoreOne } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { keyTarget, lockKey, touchKey, writeVersions } from './key-store';

/**
 * Takes back an accidental revocation of a key, or of one version, within 60 minutes; never one for compromise.
 * @throws AppError `conflict` where it is too late, for good, or another version has taken the place
 */
export async function undoRevoke(actor: Actor, keyId: string, given: UndoRevokeInput = {}): Promise<KeyDto> {
  requirePermission(actor, 'keys:write');
  const { version } = undoRevokeInput.parse(given);
  return inTenant(actor, async (tx) => {
    const key = await lockKey(tx, actor.tenantId, keyId);
    if (version === undefined) {
      refuseLateUndo(key.key.revokedAtMs, key.key.revokedReason, key.nowMs);
      await touchKey(tx, key, { revokedAt: null, revokedReason: null });
    } else {
      await writeVersions(tx, key, restoreOne(key, version));
      await touchKey(tx, key);
    }
    await recordAudit(tx, actor, {
      action: 'key.revoke_undone',
      target: keyTarget(key.row),
      ...(version === undefined ? {} : { details: { version } }),
    });
    return readKey(tx, actor.tenantId, keyId);
  });
}
