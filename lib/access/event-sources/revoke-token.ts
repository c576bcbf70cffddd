import { and, eq, isNull, sql } from 'drizzle-orm';
import { eventSourceToken } from '@/db/schema/event-sources';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import { type RevokeSourceInput, revokeSourceInput, type SourceDto } from './contract';
import { readSource } from './queries';
import { lockSource, sourceTarget } from './source-store';

/** Ends one token of a source. @throws AppError `not_found`, also where it is revoked already */
export async function revokeToken(
  actor: Actor,
  id: string,
  tokenId: string,
  given: RevokeSourceInput,
): Promise<SourceDto> {
  requirePermission(actor, 'keys:write');
  const { reason } = revokeSourceInput.parse(given);
  return inTenant(actor, async (tx) => {
    const source = await lockSource(tx, actor.tenantId, id);
    const [row] = isId(tokenId)
      ? await tx
          .update(eventSourceToken)
          .set({ revokedAt: sql`clock_timestamp()` })
          .where(
            and(
              eq(eventSourceToken.tenantId, actor.tenantId),
              eq(eventSourceToken.sourceId, id),
              eq(eventSourceToken.id, tokenId),
              isNull(eventSourceToken.revokedAt),
            ),
          )
          .returning({ last4: eventSourceToken.last4 })
      : [];
    if (!row) throw new AppError('not_found', 'The source has no such active token.');
    await recordAudit(tx, actor, {
      action: 'event_source.token_revoked',
      target: sourceTarget(source),
      reason,
      details: { last4: row.last4 },
    });
    return readSource(tx, actor.tenantId, id);
  });
}
