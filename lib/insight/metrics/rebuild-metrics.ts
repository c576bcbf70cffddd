import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { forgetCounts } from './progress';

/** Forgets what is counted; the worker counts again from the first row on, to the same numbers. */
export async function rebuildMetrics(actor: Actor): Promise<void> {
  requirePermission(actor, 'settings:write');
  await inTenant(actor, async (tx) => {
    await forgetCounts(tx, actor.tenantId);
    await recordAudit(tx, actor, {
      action: 'metrics.rebuilt',
      target: { type: 'metrics', id: null, label: 'Monthly metrics' },
    });
  });
}
