import { notificationMute } from '@/db/schema/notifications';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DAY_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import {
  type CreateMuteInput,
  createMuteInput,
  MUTE_DAYS_MAX,
  type MuteDto,
} from '@/lib/platform/notifications/contract';
import { findMute } from '@/lib/platform/notifications/queries';

/** Keeps notices of a type, of an object, or both from everybody until a time, at most 90 days ahead. */
export async function createMute(actor: Actor, given: CreateMuteInput): Promise<MuteDto> {
  requirePermission(actor, 'notifications:write');
  const { until, ...input } = createMuteInput.parse(given);
  const end = new Date(until);
  const aheadMs = end.getTime() - Date.now();
  if (aheadMs <= 0 || aheadMs > MUTE_DAYS_MAX * DAY_MS) {
    const message = `Choose an end in the future, at most ${MUTE_DAYS_MAX} days ahead.`;
    throw new AppError('bad_request', message, { fields: [{ path: 'until', message }] });
  }
  const { tenantId } = actor;
  const id = newId();
  const createdBy = actor.type === 'user' ? actor.userId : null;
  return inTenant(actor, async (tx) => {
    await tx.insert(notificationMute).values({ tenantId, id, ...input, until: end, createdBy });
    await recordAudit(tx, actor, {
      action: 'notification.muted',
      target: { type: 'mute', id, label: input.subjectLabel ?? input.type },
      reason: input.reason,
      details: { type: input.type, subjectId: input.subjectId, until: end.toISOString() },
    });
    return findMute(tx, tenantId, id);
  });
}
