import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { scannerRun } from '@/db/schema/scanners';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';

const SENTENCE = 'No worker finished this run. Check the worker, then run it again.';

/** Gives up on runs that no worker cares for any more, so that their targets can be scanned again. @returns how many */
export async function failLostRuns(actor: JobActor): Promise<number> {
  requirePermission(actor, 'scans:write');
  return inTenant(actor, async (tx) => {
    const isSilent = or(
      and(
        eq(scannerRun.status, 'running'),
        sql`${scannerRun.heartbeatAt} < statement_timestamp() - interval '15 minutes'`,
      ),
      sql`${scannerRun.createdAt} < statement_timestamp() - interval '12 hours'`,
    );
    const rows = await tx
      .update(scannerRun)
      .set({ status: 'failed', sentence: SENTENCE, finishedAt: sql`clock_timestamp()` })
      .where(
        and(
          eq(scannerRun.tenantId, actor.tenantId),
          inArray(scannerRun.status, ['queued', 'running']),
          isSilent,
        ),
      )
      .returning();
    for (const { id, targetId } of rows) {
      await recordAudit(tx, actor, {
        action: 'scanner_run.failed',
        outcome: 'failure',
        target: { type: 'scanner_run', id, label: null },
        reason: SENTENCE,
        details: { targetId },
      });
    }
    return rows.length;
  });
}
