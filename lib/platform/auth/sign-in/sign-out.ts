import { and, eq, isNull, sql } from 'drizzle-orm';
import { membership, session, userAccount } from '@/db/schema/identity';
import { asSystem, enterTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor, RequestInfo } from '@/lib/platform/auth/contract';
import { anonymousActor } from '@/lib/platform/auth/request/refusal';
import { digestSessionToken } from '@/lib/platform/auth/session/session-token';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';

/** Ends the session behind a token; a token that is over already is left alone. */
// guard: whoever holds the session may end it, with or without a membership
export async function signOut(token: string, request: RequestInfo): Promise<void> {
  await asSystem('sign-out', async (tx) => {
    const [ended] = await tx
      .update(session)
      .set({ revokedAt: sql`now()`, revokedReason: 'signed out' })
      .where(and(eq(session.tokenDigest, digestSessionToken(token)), isNull(session.revokedAt)))
      .returning({ id: session.id, userId: session.userId, tenantId: session.tenantId });
    if (!ended) return;
    const [person] = await tx
      .select({ name: userAccount.displayName, role: membership.role })
      .from(userAccount)
      .leftJoin(
        membership,
        and(
          eq(membership.userId, userAccount.id),
          eq(membership.tenantId, ended.tenantId ?? DEFAULT_TENANT_ID),
        ),
      )
      .where(eq(userAccount.id, ended.userId));
    const label = person?.name ?? 'unknown';
    const tenantId = ended.tenantId ?? DEFAULT_TENANT_ID;
    const { id: sessionId, userId } = ended;
    const actor: Actor = person?.role
      ? { type: 'user', tenantId, userId, sessionId, role: person.role, label, request }
      : anonymousActor(request, tenantId, label);
    await enterTenant(tx, tenantId);
    await recordAudit(tx, actor, {
      action: 'auth.sign_out',
      target: { type: 'session', id: sessionId, label },
    });
  });
}
