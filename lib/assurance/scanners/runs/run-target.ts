import { scannerRun, scanTarget } from '@/db/schema/scanners';
import { inTenant, type WriteTx } from '@/db/scope';
import type { RunDto } from '@/lib/assurance/scanners/contract';
import {
  missingTarget,
  type RunRow,
  runDtoOf,
  type TargetRow,
  whereTarget,
} from '@/lib/assurance/scanners/targets/target-dto';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { enqueue } from '@/lib/platform/jobs/enqueue';

/** Queues a run in the caller's transaction. @returns null where one is under way */
export async function queueRun(
  tx: WriteTx,
  actor: Actor,
  target: TargetRow,
  isScheduled: boolean,
): Promise<RunRow | null> {
  requirePermission(actor, 'scans:write');
  const { tenantId } = actor;
  const [run] = await tx
    .insert(scannerRun)
    .values({
      tenantId,
      id: newId(),
      targetId: target.id,
      status: 'queued',
      isScheduled,
      requestedBy: isScheduled ? 'schedule' : actor.label,
    })
    .onConflictDoNothing()
    .returning();
  if (!run) return null;
  await enqueue(tx, 'scanners.run', { v: 1, tenantId, runId: run.id }, { once: run.id });
  await recordAudit(tx, actor, {
    action: 'scanner_run.requested',
    target: { type: 'scanner_run', id: run.id, label: target.asset },
    details: { targetId: target.id, scanner: target.scanner, isScheduled },
  });
  return run;
}

/** Scans a target now. @throws AppError `conflict` while a run of it is under way */
export async function runTarget(actor: Actor, id: string): Promise<RunDto> {
  requirePermission(actor, 'scans:write');
  return inTenant(actor, async (tx) => {
    const [target] = await tx.select().from(scanTarget).where(whereTarget(actor.tenantId, id)).for('update');
    if (!target) throw missingTarget();
    const run = await queueRun(tx, actor, target, false);
    if (!run)
      throw new AppError(
        'conflict',
        'A run of this target is already in progress. Wait for it to finish, or stop it.',
      );
    return runDtoOf(run, null, null);
  });
}
