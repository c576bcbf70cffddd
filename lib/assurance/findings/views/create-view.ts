import { findingView } from '@/db/schema/finding-views';
import { inTenant } from '@/db/scope';
import {
  type CreateViewInput,
  createViewInput,
  type SavedViewDto,
} from '@/lib/assurance/findings/saved-views-contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission, requirePerson } from '@/lib/platform/auth/require';
import { newId } from '@/lib/platform/core/ids';
import { requireRoom, requireSharing } from './change-view';
import { readView } from './saved-views';

/** Keeps a question to the list under a name. @throws AppError `conflict` where the name is taken */
export async function createView(actor: Actor, given: CreateViewInput): Promise<SavedViewDto> {
  requirePermission(actor, 'findings:read');
  const { userId, tenantId } = requirePerson(actor);
  const { group, ...input } = createViewInput.parse(given);
  requireSharing(actor, input.isShared);
  return inTenant(actor, async (tx) => {
    const row = { ...input, tenantId, id: newId(), ownerUserId: userId, groupedBy: group };
    await requireRoom(tx, row);
    await tx.insert(findingView).values(row);
    await recordAudit(tx, actor, {
      action: 'finding_view.created',
      target: { type: 'finding_view', id: row.id, label: row.name },
      details: { after: { ...input, group } },
    });
    return readView(tx, actor, row.id);
  });
}
