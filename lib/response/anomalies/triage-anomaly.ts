import { and, eq, sql } from 'drizzle-orm';
import { anomaly } from '@/db/schema/anomalies';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { anomalyDtoOf, missing } from './anomaly-dto';
import { type AnomalyDto, type TriageAnomalyInput, triageAnomalyInput } from './contract';
import { isAnomalyId } from './queries';

/** Says what an anomaly was, or opens it again; a state that is over does not open again. */
export async function triageAnomaly(
  actor: Actor,
  id: string,
  given: TriageAnomalyInput,
  ifMatch: string | null = null,
): Promise<AnomalyDto> {
  requirePermission(actor, 'anomalies:write');
  const { state, note } = triageAnomalyInput.parse(given);
  if (!isAnomalyId(id)) throw missing();
  return inTenant(actor, async (tx) => {
    const where = and(eq(anomaly.tenantId, actor.tenantId), eq(anomaly.id, id));
    const [before] = await tx.select().from(anomaly).where(where).for('update');
    if (!before) throw missing();
    requireMatch(ifMatch, before.version);
    const [row] = await tx
      .update(anomaly)
      .set({
        state: state === 'open' && before.endedAt ? 'ended' : state,
        note: note ?? before.note,
        triagedBy: state === 'open' ? null : actor.label,
        triagedAt: state === 'open' ? null : sql`clock_timestamp()`,
        version: before.version + 1,
      })
      .where(where)
      .returning();
    if (!row) throw missing();
    await recordAudit(tx, actor, {
      action: 'anomaly.triaged',
      target: { type: 'anomaly', id, label: before.rule },
      details: { before: before.state, after: state },
      ...(note ? { reason: note } : {}),
    });
    return anomalyDtoOf(row);
  });
}
