import { sql } from 'drizzle-orm';
import { findingView } from '@/db/schema/finding-views';
import { inTenant } from '@/db/scope';
import type { SavedViewDto } from '@/lib/assurance/findings/saved-views-contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { lockView } from './change-view';
import { contentOf, readView, whereView } from './saved-views';

/** Deletes a view; nobody finds it any more. @returns it as it was */
export async function deleteView(actor: Actor, id: string): Promise<SavedViewDto> {
  requirePermission(actor, 'findings:read');
  return inTenant(actor, async (tx) => {
    const before = await lockView(tx, actor, id);
    const dto = await readView(tx, actor, id);
    await tx
      .update(findingView)
      .set({ deletedAt: sql`clock_timestamp()`, version: before.version + 1 })
      .where(whereView(actor, id));
    await recordAudit(tx, actor, {
      action: 'finding_view.deleted',
      target: { type: 'finding_view', id, label: before.name },
      details: { before: contentOf(before) },
    });
    return dto;
  });
}
