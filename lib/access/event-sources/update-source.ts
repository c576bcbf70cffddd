import { and, eq } from 'drizzle-orm';
import { eventSource } from '@/db/schema/event-sources';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { type SourceDto, sourceBinding, type UpdateSourceInput, updateSourceInput } from './contract';
import { readSource } from './queries';
import { lockSource, requireFreeName, sourceTarget } from './source-store';

/** Changes the name of a source, and where its tokens may be used from. */
export async function updateSource(
  actor: Actor,
  id: string,
  given: UpdateSourceInput,
  ifMatch: string | null = null,
): Promise<SourceDto> {
  requirePermission(actor, 'keys:write');
  const input = updateSourceInput.parse(given);
  return inTenant(actor, async (tx) => {
    const before = await lockSource(tx, actor.tenantId, id);
    requireMatch(ifMatch, before.version);
    const after = {
      name: input.name ?? before.name,
      allowedCidrs: input.allowedCidrs ?? before.allowedCidrs,
      clientSubject: input.clientSubject === undefined ? before.clientSubject : input.clientSubject,
    };
    if (!sourceBinding.isBound(after))
      throw new AppError('unprocessable', sourceBinding.message, {
        fields: [{ path: 'allowedCidrs', message: sourceBinding.message }],
      });
    await requireFreeName(tx, actor.tenantId, after.name, id);
    await tx
      .update(eventSource)
      .set({ ...after, version: before.version + 1 })
      .where(and(eq(eventSource.tenantId, actor.tenantId), eq(eventSource.id, id)));
    const { name, allowedCidrs, clientSubject } = before;
    await recordAudit(tx, actor, {
      action: 'event_source.updated',
      target: sourceTarget({ id, name: after.name }),
      details: { before: { name, allowedCidrs, clientSubject }, after },
    });
    return readSource(tx, actor.tenantId, id);
  });
}
