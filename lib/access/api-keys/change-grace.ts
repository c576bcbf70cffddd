import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { type ChangeGraceInput, changeGraceInput, type KeyDto } from './contract';
import { graceSecondsOf } from './key-access';
import { keyTarget, lockKey, touchKey, writeVersions } from './key-store';
import { readKey } from './queries';
import { setGrace } from './transitions';

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
