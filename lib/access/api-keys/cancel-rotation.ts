import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { type KeyDto, type RotationActInput, rotationActInput } from './contract';
import { keyTarget, lockKey, touchKey, writeVersions } from './key-store';
import { readKey } from './queries';
import { cancelPending } from './transitions';

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
