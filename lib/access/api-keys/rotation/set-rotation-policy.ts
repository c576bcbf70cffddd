import { sql } from 'drizzle-orm';
import { rotationPolicy } from '@/db/schema/rotation';
import { inTenant } from '@/db/scope';
import {
  type RotationPolicyDto,
  rotationRules,
  type SetRotationPolicyInput,
} from '@/lib/access/api-keys/rotation-contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { readRotationPolicy } from './rotation-queries';
import { readPolicy } from './rotation-store';

/** Changes how the keys of the tenant rotate. Rotations under way keep the rules with which they began. */
export async function setRotationPolicy(
  actor: Actor,
  given: SetRotationPolicyInput,
  ifMatch: string | null = null,
): Promise<RotationPolicyDto> {
  requirePermission(actor, 'policies:write');
  const rules = rotationRules.parse(given);
  return inTenant(actor, async (tx) => {
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended('rotation policy ' || ${actor.tenantId}, 0))`,
    );
    const before = await readPolicy(tx, actor.tenantId);
    requireMatch(ifMatch, before.version);
    await tx
      .insert(rotationPolicy)
      .values({ tenantId: actor.tenantId, rules })
      .onConflictDoUpdate({
        target: rotationPolicy.tenantId,
        set: { rules, version: sql`${rotationPolicy.version} + 1`, updatedAt: sql`clock_timestamp()` },
      });
    await recordAudit(tx, actor, {
      action: 'policy.rotation_changed',
      target: { type: 'policy', id: null, label: 'Rotation' },
      details: { before: before.rules, after: rules },
    });
    return readRotationPolicy(tx, actor.tenantId);
  });
}
