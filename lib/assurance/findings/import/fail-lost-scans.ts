import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import { scan } from '@/db/schema/findings';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { removeReport } from './report-file';

const SENTENCE = 'The import did not finish within 2 hours. Check the worker, then upload the report again.';

/** Gives up on imports that nobody finished, so that they do not keep later ones waiting. @returns how many */
export async function failLostScans(actor: Actor): Promise<number> {
  requirePermission(actor, 'scans:write');
  const ids = await inTenant(actor, async (tx) => {
    const lost = and(
      eq(scan.tenantId, actor.tenantId),
      inArray(scan.status, ['queued', 'running']),
      lt(scan.createdAt, sql`statement_timestamp() - interval '2 hours'`),
    );
    const rows = await tx
      .update(scan)
      .set({ status: 'failed', reasons: [SENTENCE], finishedAt: sql`clock_timestamp()` })
      .where(lost)
      .returning({ id: scan.id, tool: scan.tool });
    for (const { id, tool } of rows) {
      await recordAudit(tx, actor, {
        action: 'scan.failed',
        outcome: 'failure',
        target: { type: 'scan', id, label: tool },
        reason: SENTENCE,
      });
    }
    return rows.map(({ id }) => id);
  });
  for (const id of ids) await removeReport(actor.tenantId, id);
  return ids.length;
}
