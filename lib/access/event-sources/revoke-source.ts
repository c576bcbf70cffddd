import { and, eq, sql } from 'drizzle-orm';
import { eventSource } from '@/db/schema/event-sources';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { type RevokeSourceInput, revokeSourceInput, type SourceDto } from './contract';
import { readSource } from './queries';
import { lockSource, sourceTarget, userIdOf } from './source-store';

/** Ends a source with all its tokens: every gate refuses what begins after this commits. */
export async function revokeSource(actor: Actor, id: string, given: RevokeSourceInput): Promise<SourceDto> {
  requirePermission(actor, 'keys:write');
  const { reason } = revokeSourceInput.parse(given);
  return inTenant(actor, async (tx) => {
    const before = await lockSource(tx, actor.tenantId, id);
    await tx
      .update(eventSource)
      .set({
        revokedAt: sql`clock_timestamp()`,
        revokedBy: userIdOf(actor),
        revokedReason: reason,
        version: before.version + 1,
      })
      .where(and(eq(eventSource.tenantId, actor.tenantId), eq(eventSource.id, id)));
    await recordAudit(tx, actor, { action: 'event_source.revoked', target: sourceTarget(before), reason });
    return readSource(tx, actor.tenantId, id);
  });
}
