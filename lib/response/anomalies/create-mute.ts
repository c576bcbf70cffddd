import { anomalyMute } from '@/db/schema/anomalies';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DAY_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { sourceTitle } from './anomaly-source';
import { type AnomalyMuteDto, type CreateAnomalyMuteInput, createMuteInput } from './contract';
import { muteDtoOf } from './queries';

/** Keeps a rule quiet about somebody, or about everybody, for some days and a reason. What it finds is kept all the same. */
export async function createMute(actor: Actor, given: CreateAnomalyMuteInput): Promise<AnomalyMuteDto> {
  requirePermission(actor, 'anomalies:write');
  const { rule, subject, reason, days } = createMuteInput.parse(given);
  return inTenant(actor, async (tx) => {
    const until = new Date(Date.now() + days * DAY_MS);
    const [row] = await tx
      .insert(anomalyMute)
      .values({ tenantId: actor.tenantId, id: newId(), rule, subject, reason, until, mutedBy: actor.label })
      .returning();
    if (!row) throw new Error('Could not save the mute.');
    await recordAudit(tx, actor, {
      action: 'anomaly.muted',
      target: { type: 'anomaly_rule', id: null, label: sourceTitle(rule) },
      reason,
      details: { rule, subject, until: until.toISOString() },
    });
    return muteDtoOf(row);
  });
}
