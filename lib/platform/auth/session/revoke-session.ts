import { and, eq, isNull, sql } from 'drizzle-orm';
import { session } from '@/db/schema/identity';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePerson } from '@/lib/platform/auth/require';
import { deviceOf } from '@/lib/platform/auth/sign-in/device';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';

/**
 * Ends one of the caller's own sessions; its next request is refused.
 * @throws AppError not_found for somebody else's or one that is over
 */
// guard: everybody may end their own sessions; the row must belong to the caller
export async function revokeSession(actor: Actor, sessionId: string): Promise<{ revoked: number }> {
  const person = requirePerson(actor);
  if (!isId(sessionId)) throw new AppError('not_found', 'Session not found.');
  return inTenant(person, async (tx) => {
    const [ended] = await tx
      .update(session)
      .set({ revokedAt: sql`now()`, revokedReason: 'ended by its owner' })
      .where(and(eq(session.id, sessionId), eq(session.userId, person.userId), isNull(session.revokedAt)))
      .returning({ userAgent: session.userAgent });
    if (!ended) throw new AppError('not_found', 'Session not found.');
    await recordAudit(tx, person, {
      action: 'auth.session_revoked',
      target: { type: 'session', id: sessionId, label: deviceOf(ended.userAgent) },
    });
    return { revoked: 1 };
  });
}
