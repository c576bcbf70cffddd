import { and, eq, inArray, sql } from 'drizzle-orm';
import { scannerRun, scanTarget } from '@/db/schema/scanners';
import { inTenant } from '@/db/scope';
import type { TargetDto } from '@/lib/assurance/scanners/contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { missingTarget, targetDtoIn, whereTarget } from './target-dto';

/** Ends a target; its runs, their logs and what they found stay. @throws AppError `conflict` while it is scanned */
export async function deleteTarget(actor: Actor, id: string): Promise<TargetDto> {
  requirePermission(actor, 'scanners:write');
  return inTenant(actor, async (tx) => {
    const where = whereTarget(actor.tenantId, id);
    const [before] = await tx.select().from(scanTarget).where(where).for('update');
    if (!before) throw missingTarget();
    const [open] = await tx
      .select({ id: scannerRun.id })
      .from(scannerRun)
      .where(
        and(
          eq(scannerRun.tenantId, actor.tenantId),
          eq(scannerRun.targetId, id),
          inArray(scannerRun.status, ['queued', 'running']),
        ),
      );
    if (open) throw new AppError('conflict', 'It is being scanned. Stop the run, then delete the target.');
    const [row] = await tx
      .update(scanTarget)
      .set({ deletedAt: sql`clock_timestamp()`, isEnabled: false, version: before.version + 1 })
      .where(where)
      .returning();
    if (!row) throw missingTarget();
    await recordAudit(tx, actor, {
      action: 'scan_target.deleted',
      target: { type: 'scan_target', id, label: before.asset },
      details: { location: before.location, scanner: before.scanner },
    });
    return targetDtoIn(tx, row);
  });
}
