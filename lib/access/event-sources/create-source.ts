import { sql } from 'drizzle-orm';
import { eventSource } from '@/db/schema/event-sources';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import { newId } from '@/lib/platform/core/ids';
import { type CreateSourceInput, createSourceInput, type SourceWithTokenDto } from './contract';
import { readSource } from './queries';
import { insertToken, requireFreeName, sourceTarget, sourceUrl, userIdOf } from './source-store';

/**
 * Creates an event source with its first token. The answer holds the token, once; a repeat with the same
 * Idempotency-Key answers the same without it.
 */
export async function createSource(
  actor: Actor,
  given: CreateSourceInput,
  idempotencyKey: string | null = null,
): Promise<SourceWithTokenDto> {
  requirePermission(actor, 'keys:write');
  const input = createSourceInput.parse(given);
  return inTenant(actor, (tx) =>
    answerOnce<SourceWithTokenDto>(
      tx,
      actor,
      { key: idempotencyKey, route: 'event-sources.create', input },
      async () => {
        await requireFreeName(tx, actor.tenantId, input.name, null);
        const row = { tenantId: actor.tenantId, id: newId(), ...input, createdBy: userIdOf(actor) };
        await tx.insert(eventSource).values({ ...row, createdAt: sql`clock_timestamp()` });
        const { token, last4 } = await insertToken(tx, actor, row.id);
        await recordAudit(tx, actor, {
          action: 'event_source.created',
          target: sourceTarget(row),
          details: { allowedCidrs: input.allowedCidrs, clientSubject: input.clientSubject, last4 },
        });
        const source = await readSource(tx, actor.tenantId, row.id);
        const answer = { source, token, url: sourceUrl(token), replayed: false };
        return { answer, kept: { ...answer, token: null, url: null, replayed: true } };
      },
    ),
  );
}
