import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import { session } from '@/db/schema/identity';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePerson } from '@/lib/platform/auth/require';

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Ends the caller's sessions everywhere, with or without the one that asks; one record for all. */
// guard: everybody may end their own sessions; the rows must belong to the caller
export async function revokeAllSessions(
  actor: Actor,
  { keepCurrent }: { keepCurrent: boolean },
): Promise<{ revoked: number }> {
  const person = requirePerson(actor);
  const kept = keepCurrent ? person.sessionId : NOBODY;
  return inTenant(person, async (tx) => {
    const ended = await tx
      .update(session)
      .set({ revokedAt: sql`now()`, revokedReason: 'ended by its owner' })
      .where(and(eq(session.userId, person.userId), isNull(session.revokedAt), ne(session.id, kept)))
      .returning({ id: session.id });
    await recordAudit(tx, person, {
      action: 'auth.session_revoked',
      target: { type: 'user', id: person.userId, label: person.label },
      details: { sessions: ended.length, keptCurrent: keepCurrent },
    });
    return { revoked: ended.length };
  });
}
