import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import type { SourceWithTokenDto } from './contract';
import { readSource } from './queries';
import { insertToken, lockSource, sourceTarget, sourceUrl } from './source-store';

/** Adds a token to a source; the others go on working until they are revoked. The answer holds the token, once. */
export async function addToken(
  actor: Actor,
  id: string,
  idempotencyKey: string | null = null,
): Promise<SourceWithTokenDto> {
  requirePermission(actor, 'keys:write');
  return inTenant(actor, (tx) =>
    answerOnce<SourceWithTokenDto>(
      tx,
      actor,
      { key: idempotencyKey, route: `event-sources.token:${id}`, input: null },
      async () => {
        const source = await lockSource(tx, actor.tenantId, id);
        const { token, last4 } = await insertToken(tx, actor, id);
        await recordAudit(tx, actor, {
          action: 'event_source.token_added',
          target: sourceTarget(source),
          details: { last4 },
        });
        const answer = {
          source: await readSource(tx, actor.tenantId, id),
          token,
          url: sourceUrl(token),
          replayed: false,
        };
        return { answer, kept: { ...answer, token: null, url: null, replayed: true } };
      },
    ),
  );
}
