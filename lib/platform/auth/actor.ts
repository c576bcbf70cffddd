import { credentialOf } from '@/lib/platform/auth/credential/credential';
import { keyActorOf } from '@/lib/platform/auth/credential/key-actor';
import { RefusedError, recordRefusal } from '@/lib/platform/auth/request/refusal';
import { refuseBlocked } from '@/lib/platform/auth/request/refuse-blocked';
import { requestInfoOf } from '@/lib/platform/auth/request/request-info';
import { isWrite, requireSameOrigin } from '@/lib/platform/auth/request/same-origin';
import { cookieNames } from '@/lib/platform/auth/session/cookies';
import { type LiveSession, postgresSessions } from '@/lib/platform/auth/session/session';
import { sessionsOf } from '@/lib/platform/auth/session/session-cache';
import { digestSessionToken } from '@/lib/platform/auth/session/session-token';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import type { Actor, KeyActor, RequestInfo, UserActor } from './contract';

/** The session behind a cookie's token; null when it is over. */
export function findSession(token: string): Promise<LiveSession | null> {
  return sessionsOf(postgresSessions).find(digestSessionToken(token));
}

/** @throws RefusedError no_membership where the person may use no tenant */
export function userActorOf(session: LiveSession, request: RequestInfo): UserActor {
  if (!session.tenantId || !session.role) {
    throw new RefusedError(
      'no_membership',
      'You are signed in but do not have access to any tenant. Ask an operator to invite you.',
      {
        code: 'NO_MEMBERSHIP',
        label: session.userName,
        target: { type: 'user', id: session.userId, label: session.userName },
      },
    );
  }
  return {
    type: 'user',
    tenantId: session.tenantId,
    userId: session.userId,
    sessionId: session.id,
    role: session.role,
    label: session.userName,
    request,
  };
}

/** A page names the tenant it shows, so that a switch in another tab cannot move what it reads or writes. */
function requirePageTenant(request: Request, tenantId: string): void {
  const shown = request.headers.get('x-bulwark-tenant');
  if (shown === null || shown === tenantId) return;
  throw new AppError('conflict', 'You switched to another tenant in another tab. Reload this page.');
}

async function sessionActorOf(token: string, request: Request, info: RequestInfo): Promise<UserActor> {
  if (isWrite(request)) requireSameOrigin(request);
  const session = await findSession(token);
  if (!session) {
    throw new RefusedError('unauthenticated', 'Your session has ended. Sign in again.', {
      code: 'SESSION_ENDED',
    });
  }
  const actor = userActorOf(session, info);
  requirePageTenant(request, actor.tenantId);
  return actor;
}

async function resolve(request: Request, info: RequestInfo): Promise<UserActor | KeyActor> {
  const credential = credentialOf(request.headers, cookieNames(getEnv().isHttps).session);
  switch (credential.kind) {
    case 'key':
      return keyActorOf(credential.key, info);
    case 'session':
      return sessionActorOf(credential.token, request, info);
    case 'none':
      throw new RefusedError(
        'unauthenticated',
        'Sign in, or send an API key as "Authorization: Bearer <key>".',
        {
          code: 'NO_CREDENTIAL',
        },
      );
  }
}

/**
 * Who makes this request: a person by session cookie, or a service by API key. A write that rides on a cookie must
 * come from our own pages. Every refusal is recorded as `auth.refused`.
 * @throws AppError unauthenticated, no_membership, bad_request (two credentials), forbidden (another site, blocked), rate_limited,
 *   conflict (the page shows another tenant than the session's)
 */
export async function actorOf(request: Request, info: RequestInfo = requestInfoOf(request)): Promise<Actor> {
  try {
    const actor = await resolve(request, info);
    await refuseBlocked(actor);
    return actor;
  } catch (error) {
    if (error instanceof RefusedError) await recordRefusal(info, error.refusal);
    throw error;
  }
}
