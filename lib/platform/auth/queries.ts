import { and, desc, eq, sql } from 'drizzle-orm';
import { session, userAccount } from '@/db/schema/identity';
import { readTenant } from '@/db/scope';
import { isLive } from '@/lib/platform/auth/session/session';
import { deviceOf } from '@/lib/platform/auth/sign-in/device';
import { hasHandles } from '@/lib/platform/auth/sign-in/proven-identity';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { listMyTenants } from '@/lib/platform/tenancy/queries';
import { type Actor, type MeDto, ROLE_PERMISSIONS, type SessionListDto } from './contract';
import { requirePerson } from './require';

/** The caller's sessions that can be used now, the one used last first. */
export async function listMySessions(actor: Actor): Promise<SessionListDto> {
  const person = requirePerson(actor);
  const rows = await readTenant(person, (tx) =>
    tx
      .select({
        id: session.id,
        ip: sql<string | null>`host(${session.ip})`,
        userAgent: session.userAgent,
        provider: session.provider,
        createdAt: session.createdAt,
        lastSeenAt: session.lastSeenAt,
        expiresAt: session.expiresAt,
      })
      .from(session)
      .where(and(eq(session.userId, person.userId), isLive()))
      .orderBy(desc(session.lastSeenAt), desc(session.id))
      .limit(200),
  );
  const items = rows.map((row) => ({
    id: row.id,
    isCurrent: row.id === person.sessionId,
    device: deviceOf(row.userAgent),
    ip: row.ip,
    provider: row.provider,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }));
  return { items, nextCursor: null };
}

async function accountOf(actor: Actor) {
  const person = requirePerson(actor);
  const [row] = await readTenant(person, (tx) =>
    tx
      .select({ email: userAccount.email, expiresAt: session.expiresAt })
      .from(session)
      .innerJoin(userAccount, eq(userAccount.id, session.userId))
      .where(and(eq(session.id, person.sessionId), eq(session.userId, person.userId))),
  );
  if (!row) throw new AppError('unauthenticated', 'Your session has ended. Sign in again.');
  return { person, ...row };
}

/** Who the caller is and what the console needs to know about this instance. */
export async function getMe(actor: Actor): Promise<MeDto> {
  const { person, email, expiresAt } = await accountOf(actor);
  const tenants = await listMyTenants(person);
  const tenant = tenants.find(({ isCurrent }) => isCurrent);
  if (!tenant)
    throw new AppError('no_membership', 'You have access to no tenant. Ask an operator to invite you.');
  const { mode, consoleUrl, gateUrl, signInProviders } = getEnv();
  return {
    user: { id: person.userId, name: person.label, email },
    session: { id: person.sessionId, expiresAt: expiresAt.toISOString() },
    role: person.role,
    tenant,
    tenants,
    permissions: [...ROLE_PERMISSIONS[person.role]],
    settings: {
      mode,
      consoleUrl,
      gateUrl,
      providers: signInProviders.map((provider) => ({
        id: provider.id,
        label: provider.label,
        matchers: hasHandles(provider) ? ['handle', 'email'] : ['email'],
      })),
    },
  };
}
