import { and, eq, isNull, sql } from 'drizzle-orm';
import { eventSource, eventSourceToken } from '@/db/schema/event-sources';
import type { WriteTx } from '@/db/scope';
import type { AuditTarget } from '@/lib/platform/audit/contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { digestKey } from '@/lib/platform/auth/credential/key-format';
import { generateSourceToken } from '@/lib/platform/auth/credential/source-token';
import { getEnv, requireEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { isId, newId } from '@/lib/platform/core/ids';
import { ACTIVE_TOKENS_MAX } from './contract';
import { sourceNotFound } from './queries';

export type SourceRow = typeof eventSource.$inferSelect;

export const userIdOf = (actor: Actor): string | null => (actor.type === 'user' ? actor.userId : null);

export const sourceTarget = ({ id, name }: { id: string; name: string }): AuditTarget => ({
  type: 'event_source',
  id,
  label: name,
});

/** Where a Falco with this token sends its events. */
export const sourceUrl = (token: string): string => `${getEnv().gateUrl}/v1/events/falco/${token}`;

/** The source, locked. @throws AppError `not_found`, `conflict` where it is revoked */
export async function lockSource(tx: WriteTx, tenantId: string, id: string): Promise<SourceRow> {
  if (!isId(id)) throw sourceNotFound();
  const [row] = await tx
    .select()
    .from(eventSource)
    .where(and(eq(eventSource.tenantId, tenantId), eq(eventSource.id, id)))
    .for('update');
  if (!row) throw sourceNotFound();
  if (row.revokedAt) throw new AppError('conflict', 'The event source is revoked. Create a new one.');
  return row;
}

/** Two active sources of one name could not be told apart. @throws AppError `conflict` */
export async function requireFreeName(
  tx: WriteTx,
  tenantId: string,
  name: string,
  except: string | null,
): Promise<void> {
  const taken = await tx
    .select({ id: eventSource.id })
    .from(eventSource)
    .where(
      and(
        eq(eventSource.tenantId, tenantId),
        isNull(eventSource.revokedAt),
        sql`lower(${eventSource.name}) = lower(${name})`,
      ),
    );
  if (taken.some(({ id }) => id !== except))
    throw new AppError('conflict', `There is an event source named "${name}" already. Choose another name.`);
}

/** Adds a token to a source. @returns the token, which is not stored anywhere @throws AppError `conflict` for too many */
export async function insertToken(
  tx: WriteTx,
  actor: Actor,
  sourceId: string,
): Promise<{ id: string; token: string; last4: string }> {
  const own = and(
    eq(eventSourceToken.tenantId, actor.tenantId),
    eq(eventSourceToken.sourceId, sourceId),
    isNull(eventSourceToken.revokedAt),
  );
  const active = await tx.select({ id: eventSourceToken.id }).from(eventSourceToken).where(own);
  if (active.length >= ACTIVE_TOKENS_MAX)
    throw new AppError(
      'conflict',
      `A source has at most ${ACTIVE_TOKENS_MAX} active tokens. Revoke one first.`,
    );
  const pepper = requireEnv('keyPepper');
  const { token, publicId, last4 } = generateSourceToken();
  const id = newId();
  await tx.insert(eventSourceToken).values({
    tenantId: actor.tenantId,
    id,
    sourceId,
    publicId,
    digest: digestKey(token, pepper.value),
    pepperId: pepper.id,
    last4,
    createdBy: userIdOf(actor),
    createdAt: sql`clock_timestamp()`,
  });
  return { id, token, last4 };
}
