import { inTenant } from '@/db/scope';
import { keyTarget, lockKey, touchKey, writeVersions } from '@/lib/access/api-keys/change/key-store';
import { type KeyDto, type RotationActInput, rotationActInput } from '@/lib/access/api-keys/contract';
import { readKey } from '@/lib/access/api-keys/read/queries';
import { revokeGrace } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';

/** Ends the old secret's grace now: its next use is refused as revoked (superseded). */
export async function retireOld(actor: Actor, keyId: string, given: RotationActInput = {}): Promise<KeyDto> {
  requirePermission(actor, 'keys:write');
  const { comment } = rotationActInput.parse(given);
  return inTenant(actor, async (tx) => {
    const key = await lockKey(tx, actor.tenantId, keyId);
    const changes = revokeGrace(key);
    await writeVersions(tx, key, changes);
    await touchKey(tx, key);
    await recordAudit(tx, actor, {
      action: 'key.version_revoked',
      target: keyTarget(key.row),
      details: { version: changes[0]?.number, revokedReason: 'SUPERSEDED' },
      ...(comment ? { reason: comment } : {}),
    });
    return readKey(tx, actor.tenantId, keyId);
  });
}
