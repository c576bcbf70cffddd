import { and, eq, sql } from 'drizzle-orm';
import { detectionGroup } from '@/db/schema/detections';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { isId } from '@/lib/platform/core/ids';
import { oneLine } from './parse/fields';
import { groupNotFound } from './read/group-dto';
import { readGroup } from './read/list-groups';
import { type GroupDto, type TriageGroupInput, triageGroupInput } from './view-contract';

/** Says what became of a group: somebody is at it, or it is dealt with. A new event opens a closed one again. */
export async function triageGroup(
  actor: Actor,
  id: string,
  given: TriageGroupInput,
  ifMatch: string | null = null,
): Promise<GroupDto> {
  requirePermission(actor, 'detections:write');
  const { state, note } = triageGroupInput.parse(given);
  if (!isId(id)) throw groupNotFound();
  return inTenant(actor, async (tx) => {
    const where = and(eq(detectionGroup.tenantId, actor.tenantId), eq(detectionGroup.id, id));
    const [before] = await tx.select().from(detectionGroup).where(where).for('update');
    if (!before) throw groupNotFound();
    requireMatch(ifMatch, before.version);
    await tx
      .update(detectionGroup)
      .set({
        state,
        note: note === undefined ? before.note : note || null,
        triagedBy: state === 'open' ? null : actor.label,
        triagedAt: state === 'open' ? null : sql`clock_timestamp()`,
        version: before.version + 1,
        updatedAt: sql`clock_timestamp()`,
      })
      .where(where);
    await recordAudit(tx, actor, {
      action: 'detection.group_triaged',
      target: { type: 'detection_group', id, label: oneLine(`${before.rule}: ${before.scope}`, 200) },
      details: { before: before.state, after: state, episode: before.episode },
      ...(note ? { reason: note } : {}),
    });
    return readGroup(tx, actor.tenantId, id);
  });
}
