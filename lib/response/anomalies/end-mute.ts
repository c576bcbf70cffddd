import { and, eq, isNull, sql } from 'drizzle-orm';
import { anomalyMute } from '@/db/schema/anomalies';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import type { AnomalyMuteDto } from './contract';
import { isAnomalyId, muteDtoOf } from './queries';

/** Ends a mute before its time. */
export async function endMute(actor: Actor, id: string): Promise<AnomalyMuteDto> {
  requirePermission(actor, 'anomalies:write');
  const missing = new AppError('not_found', 'Mute not found, or it has already ended.');
  if (!isAnomalyId(id)) throw missing;
  return inTenant(actor, async (tx) => {
    const [row] = await tx
      .update(anomalyMute)
      .set({ endedAt: sql`clock_timestamp()` })
      .where(
        and(eq(anomalyMute.tenantId, actor.tenantId), eq(anomalyMute.id, id), isNull(anomalyMute.endedAt)),
      )
      .returning();
    if (!row) throw missing;
    await recordAudit(tx, actor, {
      action: 'anomaly.mute_ended',
      target: { type: 'anomaly_rule', id: null, label: row.rule },
      details: { rule: row.rule, subject: row.subject },
    });
    return muteDtoOf(row);
  });
}
