import { sql } from 'drizzle-orm';
import { scanTarget } from '@/db/schema/scanners';
import { inTenant } from '@/db/scope';
import {
  createTargetInput,
  type TargetDto,
  type UpdateTargetInput,
  updateTargetInput,
} from '@/lib/assurance/scanners/contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { checkTarget } from './check-target';
import { missingTarget, targetDtoIn, whereTarget } from './target-dto';

/** Changes a target; what is left out stays. A new schedule counts from now. @throws AppError `conflict` */
export async function updateTarget(
  actor: Actor,
  id: string,
  given: UpdateTargetInput,
  ifMatch: string | null = null,
): Promise<TargetDto> {
  requirePermission(actor, 'scanners:write');
  const input = updateTargetInput.parse(given);
  return inTenant(actor, async (tx) => {
    const where = whereTarget(actor.tenantId, id);
    const [before] = await tx.select().from(scanTarget).where(where).for('update');
    if (!before) throw missingTarget();
    requireMatch(ifMatch, before.version);
    const { asset, scanner, kind, location, branch, every, runAt, weekday, isEnabled } = before;
    const old = { asset, scanner, kind, location, branch, every, runAt, weekday, isEnabled };
    const next = createTargetInput.parse({ ...old, ...input });
    checkTarget(next);
    const [row] = await tx
      .update(scanTarget)
      .set({ ...next, version: before.version + 1, answeredDueAt: sql`clock_timestamp()` })
      .where(where)
      .returning();
    if (!row) throw missingTarget();
    await recordAudit(tx, actor, {
      action: 'scan_target.updated',
      target: { type: 'scan_target', id, label: next.asset },
      details: { before: old, after: input },
    });
    return targetDtoIn(tx, row);
  });
}
