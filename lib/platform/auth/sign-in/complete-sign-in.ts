import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm';
import { membership, session, userAccount, userIdentity } from '@/db/schema/identity';
import { asSystem, enterTenant, type WriteTx } from '@/db/scope';
import { recordAudit, storableText } from '@/lib/platform/audit/record';
import type { Actor, RequestInfo } from '@/lib/platform/auth/contract';
import { anonymousActor } from '@/lib/platform/auth/request/refusal';
import { digestSessionToken } from '@/lib/platform/auth/session/session-token';
import { getEnv } from '@/lib/platform/core/env/env';
import { newId } from '@/lib/platform/core/ids';
import { acceptInvitations } from '@/lib/platform/tenancy/accept-invitations';
import { bootstrapOperator } from '@/lib/platform/tenancy/bootstrap-operator';
import { DEFAULT_TENANT_ID, type Role } from '@/lib/platform/tenancy/contract';
import type { ProvenIdentity } from './proven-identity';
import { tellNewDevice } from './tell-new-device';

export interface SignInRequest {
  request: RequestInfo;
  /** The fresh token that becomes the cookie. */
  token: string;
  /** The session token that this browser held before, if any: it ends here (session fixation, ASVS 7.2.4). */
  replacedToken: string | null;
}

export interface SignedIn {
  sessionId: string;
  userId: string;
  tenantId: string | null;
  expiresAt: Date;
}

interface Person {
  userId: string;
  isDisabled: boolean;
}

async function findPerson(tx: WriteTx, { issuer, subject }: ProvenIdentity): Promise<Person | null> {
  const [found] = await tx
    .select({ userId: userAccount.id, disabledAt: userAccount.disabledAt })
    .from(userIdentity)
    .innerJoin(userAccount, eq(userAccount.id, userIdentity.userId))
    .where(and(eq(userIdentity.issuer, issuer), eq(userIdentity.subject, subject)));
  return found ? { userId: found.userId, isDisabled: found.disabledAt !== null } : null;
}

/** Two first sign-ins of one person at once make one account: they take turns on the identity. */
async function createPerson(tx: WriteTx, identity: ProvenIdentity): Promise<Person> {
  const name = `${identity.issuer} ${identity.subject}`;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
  const made = await findPerson(tx, identity);
  if (made) return made;
  const userId = newId();
  await tx
    .insert(userAccount)
    .values({ id: userId, displayName: identity.displayName, email: identity.email });
  await tx.insert(userIdentity).values({
    id: newId(),
    userId,
    provider: identity.provider,
    issuer: identity.issuer,
    subject: identity.subject,
    handle: identity.handle,
    email: identity.email,
  });
  return { userId, isDisabled: false };
}

async function refreshPerson(tx: WriteTx, userId: string, identity: ProvenIdentity): Promise<void> {
  const { displayName, email, handle, provider, issuer, subject } = identity;
  await tx
    .update(userAccount)
    .set({ displayName, email, lastSignInAt: sql`now()` })
    .where(eq(userAccount.id, userId));
  await tx
    .update(userIdentity)
    .set({ handle, email, provider })
    .where(and(eq(userIdentity.issuer, issuer), eq(userIdentity.subject, subject)));
}

/** The tenant used last where the membership still stands, else the oldest membership. */
async function chooseTenant(tx: WriteTx, userId: string): Promise<{ tenantId: string; role: Role } | null> {
  const lastUsed = sql`(select max(s.created_at) from identity.session s where s.user_id = ${userId} and s.tenant_id = ${membership.tenantId})`;
  const [chosen] = await tx
    .select({ tenantId: membership.tenantId, role: membership.role })
    .from(membership)
    .where(and(eq(membership.userId, userId), isNull(membership.disabledAt)))
    .orderBy(sql`${lastUsed} desc nulls last`, asc(membership.createdAt), desc(membership.tenantId))
    .limit(1);
  return chosen ?? null;
}

async function endReplaced(tx: WriteTx, token: string | null): Promise<string | null> {
  if (token === null) return null;
  const [ended] = await tx
    .update(session)
    .set({ revokedAt: sql`now()`, revokedReason: 'replaced by a new sign-in' })
    .where(and(eq(session.tokenDigest, digestSessionToken(token)), isNull(session.revokedAt)))
    .returning({ id: session.id });
  return ended?.id ?? null;
}

async function createSession(
  tx: WriteTx,
  person: Person,
  identity: ProvenIdentity,
  tenantId: string | null,
  signIn: SignInRequest,
) {
  const id = newId();
  const [row] = await tx
    .insert(session)
    .values({
      id,
      tokenDigest: digestSessionToken(signIn.token),
      userId: person.userId,
      tenantId,
      provider: identity.provider,
      ip: signIn.request.ip,
      userAgent: storableText(signIn.request.userAgent),
      expiresAt: sql`now() + make_interval(hours => ${getEnv().sessionAbsoluteHours}::integer)`,
    })
    .returning({ expiresAt: session.expiresAt });
  if (!row) throw new Error('The session row was not returned.');
  return { id, expiresAt: row.expiresAt };
}

/**
 * Everything that follows from a proven identity, in one transaction: the account, the first operator, accepted
 * invitations, the end of the browser's earlier session, the new session, and the record of it all.
 */
// guard: signing in comes before every permission; what it may do follows from the provider's proof alone
export function completeSignIn(identity: ProvenIdentity, signIn: SignInRequest): Promise<SignedIn> {
  const { request } = signIn;
  const label = identity.displayName;
  return asSystem('sign-in', async (tx) => {
    const person = (await findPerson(tx, identity)) ?? (await createPerson(tx, identity));
    await refreshPerson(tx, person.userId, identity);
    if (!person.isDisabled) {
      await bootstrapOperator(tx, { userId: person.userId, label, request });
      await acceptInvitations(tx, { userId: person.userId, identity, request });
    }
    const chosen = person.isDisabled ? null : await chooseTenant(tx, person.userId);
    const replaced = await endReplaced(tx, signIn.replacedToken);
    const created = await createSession(tx, person, identity, chosen?.tenantId ?? null, signIn);

    const tenantId = chosen?.tenantId ?? DEFAULT_TENANT_ID;
    const actor: Actor = chosen
      ? { type: 'user', ...chosen, userId: person.userId, sessionId: created.id, label, request }
      : anonymousActor(request, tenantId, label);
    await enterTenant(tx, tenantId);
    await recordAudit(tx, actor, {
      action: chosen ? 'auth.sign_in' : 'auth.sign_in_denied',
      outcome: chosen ? 'success' : 'denied',
      code: chosen ? undefined : person.isDisabled ? 'ACCOUNT_DISABLED' : 'NO_MEMBERSHIP',
      target: { type: 'user', id: person.userId, label },
      details: { provider: identity.provider, handle: identity.handle, replacedSession: replaced },
    });
    await tellNewDevice(tx, actor);
    return {
      sessionId: created.id,
      userId: person.userId,
      tenantId: chosen?.tenantId ?? null,
      expiresAt: created.expiresAt,
    };
  });
}
