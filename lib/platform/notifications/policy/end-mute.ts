import { and, eq, isNull, sql } from 'drizzle-orm';
import { notificationMute } from '@/db/schema/notifications';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import type { MuteDto } from '@/lib/platform/notifications/contract';
import { findMute } from '@/lib/platform/notifications/queries';

/** Ends a mute before its time; notices that come from now on are told again. */
export async function endMute(actor: Actor, id: string): Promise<MuteDto> {
  requirePermission(actor, 'notifications:write');
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const mute = await findMute(tx, tenantId, id);
    const ended = await tx
      .update(notificationMute)
      .set({ endedAt: sql`now()` })
      .where(
        and(
          eq(notificationMute.tenantId, tenantId),
          eq(notificationMute.id, id),
          isNull(notificationMute.endedAt),
        ),
      )
      .returning({ id: notificationMute.id });
    if (ended.length === 0) return mute;
    await recordAudit(tx, actor, {
      action: 'notification.mute_ended',
      target: { type: 'mute', id, label: mute.subjectLabel ?? mute.type },
    });
    return findMute(tx, tenantId, id);
  });
}
