import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { type KeyDto, type RotationActInput, rotationActInput } from './contract';
import { keyTarget, lockKey, touchKey, writeVersions } from './key-store';
import { readKey } from './queries';
import { promoteByHand } from './transitions';

/** The pending secret takes over by hand, without waiting for its first use; the old one's grace starts now. */
export async function startGrace(actor: Actor, keyId: string, given: RotationActInput = {}): Promise<KeyDto> {
  requirePermission(actor, 'keys:write');
  const { comment } = rotationActInput.parse(given);
  return inTenant(actor, async (tx) => {
    const key = await lockKey(tx, actor.tenantId, keyId);
    const changes = promoteByHand(key);
    await writeVersions(tx, key, changes);
    await touchKey(tx, key);
    await recordAudit(tx, actor, {
      action: 'key.grace_started',
      target: keyTarget(key.row),
      details: { version: changes.at(-1)?.number },
      ...(comment ? { reason: comment } : {}),
    });
    return readKey(tx, actor.tenantId, keyId);
  });
}
