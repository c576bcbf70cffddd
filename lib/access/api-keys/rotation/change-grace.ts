import { inTenant } from '@/db/scope';
import { graceSecondsOf } from '@/lib/access/api-keys/change/key-access';
import { keyTarget, lockKey, touchKey, writeVersions } from '@/lib/access/api-keys/change/key-store';
import { type ChangeGraceInput, changeGraceInput, type KeyDto } from '@/lib/access/api-keys/contract';
import { readKey } from '@/lib/access/api-keys/read/queries';
import { setGrace } from '@/lib/access/api-keys/transitions';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';

/** Extends or shortens what remains of the old secret's grace, counted from now; never past the key's end date. */
export async function changeGrace(actor: Actor, keyId: string, given: ChangeGraceInput): Promise<KeyDto> {
  requirePermission(actor, 'keys:write');
  const { grace } = changeGraceInput.parse(given);
  const graceSeconds = graceSecondsOf(grace);
  return inTenant(actor, async (tx) => {
    const key = await lockKey(tx, actor.tenantId, keyId);
    const changes = setGrace(key, graceSeconds);
    await writeVersions(tx, key, changes);
    await touchKey(tx, key);
    const graceUntilMs = changes[0]?.graceUntilMs ?? key.nowMs;
    await recordAudit(tx, actor, {
      action: 'key.grace_changed',
      target: keyTarget(key.row),
      details: { version: changes[0]?.number, grace, graceUntil: new Date(graceUntilMs).toISOString() },
    });
    return readKey(tx, actor.tenantId, keyId);
  });
}
