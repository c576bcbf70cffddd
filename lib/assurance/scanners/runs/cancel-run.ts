import { and, eq, sql } from 'drizzle-orm';
import { scannerRun } from '@/db/schema/scanners';
import { inTenant } from '@/db/scope';
import type { RunDto } from '@/lib/assurance/scanners/contract';
import { missingRun, runDtoOf } from '@/lib/assurance/scanners/targets/target-dto';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';

/** Stops a run: at once while it waits, within seconds while it runs. @throws AppError `conflict` after its end */
export async function cancelRun(actor: Actor, id: string): Promise<RunDto> {
  requirePermission(actor, 'scans:write');
  if (!isId(id)) throw missingRun();
  return inTenant(actor, async (tx) => {
    const where = and(eq(scannerRun.tenantId, actor.tenantId), eq(scannerRun.id, id));
    const [before] = await tx.select().from(scannerRun).where(where).for('update');
    if (!before) throw missingRun();
    if (before.status !== 'queued' && before.status !== 'running')
      throw new AppError('conflict', 'The run has already ended.');
    const now = sql`clock_timestamp()`;
    const sentence = `${actor.label} stopped it before it began.`;
    const ended = { status: 'cancelled' as const, sentence, finishedAt: now };
    const [row] = await tx
      .update(scannerRun)
      .set({ cancelRequestedAt: now, ...(before.status === 'queued' ? ended : {}) })
      .where(where)
      .returning();
    if (!row) throw missingRun();
    await recordAudit(tx, actor, {
      action: 'scanner_run.cancelled',
      target: { type: 'scanner_run', id, label: null },
      details: { targetId: before.targetId, status: before.status },
    });
    return runDtoOf(row, null, null);
  });
}
