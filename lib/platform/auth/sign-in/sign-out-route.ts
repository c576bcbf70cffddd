import { RefusedError, recordRefusal } from '@/lib/platform/auth/request/refusal';
import { requestInfoOf } from '@/lib/platform/auth/request/request-info';
import { requireSameOrigin } from '@/lib/platform/auth/request/same-origin';
import { cookieNames, expiredSessionCookie, readCookies } from '@/lib/platform/auth/session/cookies';
import { getEnv } from '@/lib/platform/core/env/env';
import { API_HEADERS, problemResponse } from '@/lib/platform/core/http/http';
import { signOut } from './sign-out';

async function endSessions(request: Request, info: ReturnType<typeof requestInfoOf>): Promise<Response> {
  requireSameOrigin(request);
  const { isHttps, consoleUrl } = getEnv();
  const tokens = readCookies(request.headers.get('cookie')).get(cookieNames(isHttps).session) ?? [];
  for (const token of new Set(tokens)) await signOut(token, info);
  const headers = new Headers({ ...API_HEADERS, 'set-cookie': expiredSessionCookie(isHttps) });
  const isForm = (request.headers.get('content-type') ?? '').startsWith('application/x-www-form-urlencoded');
  if (!isForm) return Response.json({ signedOut: true }, { headers });
  headers.set('location', new URL('/signed-out', consoleUrl).href);
  return new Response(null, { status: 303, headers });
}

/**
 * `POST /api/v1/me/sign-out`, as JSON or as a plain form. Not an `apiRoute`: somebody without a membership, or whose
 * session is over, must be able to sign out as well.
 */
export async function signOutRoute(request: Request): Promise<Response> {
  const info = requestInfoOf(request);
  try {
    const response = await endSessions(request, info);
    response.headers.set('x-request-id', info.requestId);
    return response;
  } catch (error) {
    if (error instanceof RefusedError) await recordRefusal(info, error.refusal);
    return problemResponse(error, info.requestId);
  }
}
