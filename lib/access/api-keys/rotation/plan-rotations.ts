import { readDeciding } from '@/db/scope';
import { databaseNowMs } from '@/lib/access/api-keys/change/key-store';
import { pickDueKeys } from '@/lib/access/api-keys/rotation-rules';
import type { JobActor } from '@/lib/platform/auth/contract';
import { ownersOfToday, readPlannedKeys, readPolicy } from './rotation-store';
import { startRotation } from './start-rotation';

/** Begins the rotations that are due now; {@link startRotation} looks again while it holds the key. */
export async function planRotations(actor: JobActor): Promise<void> {
  const due = await readDeciding(actor, async (tx) => {
    const policy = await readPolicy(tx, actor.tenantId);
    const keys = await readPlannedKeys(tx, actor.tenantId, policy);
    const nowMs = await databaseNowMs(tx);
    const owners = await ownersOfToday(tx, actor.tenantId, policy.timeZone, nowMs);
    return pickDueKeys(keys, owners, policy.timeZone, nowMs);
  });
  for (const { keyId } of due) await startRotation(actor, keyId, 'policy');
}
