import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import { scanTarget } from '@/db/schema/scanners';
import { inTenant } from '@/db/scope';
import { lastDue } from '@/lib/assurance/scanners/rules';
import { timeZoneOf } from '@/lib/assurance/scanners/targets/target-dto';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { queueRun } from './run-target';

/** Queues what is due by the database's clock and the tenant's own; what was missed is run once. @returns how many */
export async function queueDueRuns(actor: JobActor): Promise<number> {
  requirePermission(actor, 'scans:write');
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const [clock] = await tx.execute<{ ms: number }>(
      sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
    );
    const timeZone = await timeZoneOf(tx, tenantId);
    const targets = await tx
      .select()
      .from(scanTarget)
      .where(
        and(
          eq(scanTarget.tenantId, tenantId),
          eq(scanTarget.isEnabled, true),
          ne(scanTarget.every, 'never'),
          isNull(scanTarget.deletedAt),
        ),
      )
      .for('update', { skipLocked: true });
    let queued = 0;
    for (const target of targets) {
      const due = lastDue(clock?.ms ?? 0, { ...target, timeZone });
      if (due === null || due <= target.answeredDueAt.getTime()) continue;
      await tx
        .update(scanTarget)
        .set({ answeredDueAt: new Date(due) })
        .where(and(eq(scanTarget.tenantId, tenantId), eq(scanTarget.id, target.id)));
      if (await queueRun(tx, actor, target, true)) queued += 1;
    }
    return queued;
  });
}
