import { inTenant } from '@/db/scope';
import { keyTarget, lockKey, touchKey, writeVersions } from '@/lib/access/api-keys/change/key-store';
import { type KeyDto, type RotationActInput, rotationActInput } from '@/lib/access/api-keys/contract';
import { readKey } from '@/lib/access/api-keys/read/queries';
import { cancelPending } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';

/** Takes back a secret that was never used: it is refused from now on, the current one stays. */
export async function cancelRotation(
  actor: Actor,
  keyId: string,
  given: RotationActInput = {},
): Promise<KeyDto> {
  requirePermission(actor, 'keys:write');
  const { comment } = rotationActInput.parse(given);
  return inTenant(actor, async (tx) => {
    const key = await lockKey(tx, actor.tenantId, keyId);
    const changes = cancelPending(key);
    await writeVersions(tx, key, changes);
    await touchKey(tx, key);
    await recordAudit(tx, actor, {
      action: 'key.rotation_cancelled',
      target: keyTarget(key.row),
      details: { version: changes.at(-1)?.number },
      ...(comment ? { reason: comment } : {}),
    });
    return readKey(tx, actor.tenantId, keyId);
  });
}
