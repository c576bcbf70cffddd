import { and, count, eq, isNull } from 'drizzle-orm';
import { scanTarget } from '@/db/schema/scanners';
import { inTenant } from '@/db/scope';
import { type CreateTargetInput, createTargetInput, type TargetDto } from '@/lib/assurance/scanners/contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { checkTarget } from './check-target';
import { targetDtoIn } from './target-dto';

const TARGETS_MAX = 500;

/** Adds something for Bulwark to scan itself. @throws AppError `conflict` where the same target exists */
export async function createTarget(actor: Actor, given: CreateTargetInput): Promise<TargetDto> {
  requirePermission(actor, 'scanners:write');
  const input = createTargetInput.parse(given);
  checkTarget(input);
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const [known] = await tx
      .select({ n: count() })
      .from(scanTarget)
      .where(and(eq(scanTarget.tenantId, tenantId), isNull(scanTarget.deletedAt)));
    if ((known?.n ?? 0) >= TARGETS_MAX)
      throw new AppError(
        'conflict',
        `There are ${TARGETS_MAX} targets already. Delete some that are not needed.`,
      );
    const [row] = await tx
      .insert(scanTarget)
      .values({ tenantId, id: newId(), ...input, createdBy: actor.label })
      .onConflictDoNothing()
      .returning();
    if (!row)
      throw new AppError('conflict', 'This scanner already has a target at this location for this asset.');
    await recordAudit(tx, actor, {
      action: 'scan_target.created',
      target: { type: 'scan_target', id: row.id, label: input.asset },
      details: { after: input },
    });
    return targetDtoIn(tx, row);
  });
}
