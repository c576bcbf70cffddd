import 'server-only';
import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import { findSession, userActorOf } from '@/lib/platform/auth/actor';
import type { Permission, UserActor } from '@/lib/platform/auth/contract';
import { isBlocked } from '@/lib/platform/auth/request/refuse-blocked';
import { pageInfoOf } from '@/lib/platform/auth/request/request-info';
import { limitRequest } from '@/lib/platform/auth/request/request-limit';
import { may } from '@/lib/platform/auth/rules';
import { getEnv } from '@/lib/platform/core/env/env';
import { PATH_HEADER } from '@/lib/platform/core/http/own-headers';
import { limitDetails } from '@/lib/platform/rate-limit/limit-headers';
import { cookieNames } from './cookies';
import type { LiveSession } from './session';

/** The live session of this page request, looked up once however many components ask. */
export const currentSession = cache(async (): Promise<LiveSession | null> => {
  const token = (await cookies()).get(cookieNames(getEnv().isHttps).session)?.value;
  return token ? findSession(token) : null;
});

/** The signed-in member for a layout that frames pages; null where the page will redirect. It decides nothing. */
export const currentActor = cache(async (): Promise<UserActor | null> => {
  const session = await currentSession();
  return session?.tenantId && session.role ? userActorOf(session, pageInfoOf(await headers())) : null;
});

/** Leads a visitor who is no member to where they can go on: sign in, or ask an operator. */
export async function leave(): Promise<never> {
  if (await currentSession()) redirect('/ask-an-operator');
  const path = (await headers()).get(PATH_HEADER) ?? '/';
  redirect(path === '/' ? '/login' : `/login?callbackUrl=${encodeURIComponent(path)}`);
}

// guard: it records that somebody was turned away; nothing else is written
async function turnAway(actor: UserActor): Promise<never> {
  const target = { type: 'page' as const, id: actor.request.path, label: null };
  await inTenant(actor, (tx) =>
    recordAudit(tx, actor, { action: 'auth.forbidden', outcome: 'denied', code: 'BLOCKED', target }),
  );
  redirect('/not-allowed?blocked=true');
}

/**
 * First line of every page: who looks at it, may they, and the record of it. Leads elsewhere whoever may not.
 * `session` asks for a membership only.
 */
// guard: it records the view itself; which permission is needed is the argument, checked with may()
export async function requireActor(permission: Permission | 'session'): Promise<UserActor> {
  const actor = await currentActor();
  if (!actor) return leave();
  if (await isBlocked(actor)) return turnAway(actor);
  const limit = await limitRequest(actor.request, actor);
  const isAllowed = permission === 'session' || may(actor, permission);
  const isShown = isAllowed && limit.isAllowed;
  const limited = limitDetails(limit);
  await inTenant(actor, (tx) =>
    recordAudit(tx, actor, {
      action: isAllowed ? 'console.view' : 'auth.forbidden',
      outcome: isShown ? 'success' : 'denied',
      target: { type: 'page', id: actor.request.path, label: null },
      ...(isAllowed ? {} : { code: 'forbidden' }),
      ...(limit.isAllowed ? {} : { code: limit.isUnavailable ? 'UNAVAILABLE' : 'RATE_LIMITED' }),
      ...(isAllowed && !limited ? {} : { details: { ...(isAllowed ? {} : { permission }), ...limited } }),
    }),
  );
  if (!limit.isAllowed) redirect(`/too-many-requests?seconds=${limit.retryAfterSeconds}`);
  if (!isAllowed) redirect(`/not-allowed?permission=${encodeURIComponent(permission)}`);
  return actor;
}
