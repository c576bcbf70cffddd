import { findingView } from '@/db/schema/finding-views';
import { inTenant } from '@/db/scope';
import {
  type SavedViewDto,
  type UpdateViewInput,
  updateViewInput,
} from '@/lib/assurance/findings/saved-views-contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { lockView, requireRoom, requireSharing } from './change-view';
import { contentOf, readView, whereView } from './saved-views';

/**
 * Renames a view, shares it, or lets it ask something else.
 * @throws AppError `conflict` where the name is taken, `forbidden` for who would take a shared one from the others
 */
export async function updateView(
  actor: Actor,
  id: string,
  given: UpdateViewInput,
  ifMatch: string | null = null,
): Promise<SavedViewDto> {
  requirePermission(actor, 'findings:read');
  const input = updateViewInput.parse(given);
  return inTenant(actor, async (tx) => {
    const before = await lockView(tx, actor, id);
    requireMatch(ifMatch, before.version);
    const old = contentOf(before);
    const { group, ...next } = { ...old, ...input };
    requireSharing(actor, next.isShared);
    const isOwn = actor.type === 'user' && actor.userId === before.ownerUserId;
    if (old.isShared && !next.isShared && !isOwn)
      throw new AppError('forbidden', 'Only the owner can stop sharing a view. Save your own copy instead.');
    const row = { ...next, tenantId: before.tenantId, id, ownerUserId: before.ownerUserId, groupedBy: group };
    await requireRoom(tx, row);
    await tx
      .update(findingView)
      .set({ ...next, groupedBy: group, version: before.version + 1 })
      .where(whereView(actor, id));
    await recordAudit(tx, actor, {
      action: 'finding_view.updated',
      target: { type: 'finding_view', id, label: next.name },
      details: { before: old, after: input },
    });
    return readView(tx, actor, id);
  });
}
