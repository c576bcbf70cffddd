import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requireAny } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { enqueue } from '@/lib/platform/jobs/enqueue';
import { readBackends } from './backend-queries';
import { backendNotFound, backendTarget, readBackendRow } from './backend-store';
import type { SecretBackendDto } from './contract';
import { isProvable } from './rules';

/** Has the worker read a server now, and prove that it cannot read values. */
export async function checkBackend(actor: Actor, id: string): Promise<SecretBackendDto> {
  requireAny(actor, ['secrets:write', 'secrets:rotate']);
  return inTenant(actor, async (tx) => {
    const row = await readBackendRow(tx, actor.tenantId, id);
    if (!isProvable(row.kind))
      throw new AppError('unprocessable', 'This backend is read by scans. Run the scan again to refresh it.');
    await recordAudit(tx, actor, { action: 'secret.check_requested', target: backendTarget(row) });
    await enqueue(tx, 'secrets.read-backend', { v: 1, tenantId: actor.tenantId, backendId: row.id });
    const found = (await readBackends(tx, actor.tenantId)).find((one) => one.id === row.id);
    if (!found) throw backendNotFound();
    return found;
  });
}
