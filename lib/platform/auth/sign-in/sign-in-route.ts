import type { RequestInfo } from '@/lib/platform/auth/contract';
import {
  anonymousActor,
  RefusedError,
  recordAlone,
  recordRefusal,
} from '@/lib/platform/auth/request/refusal';
import { requestInfoOf } from '@/lib/platform/auth/request/request-info';
import { limitRequest } from '@/lib/platform/auth/request/request-limit';
import { requireSameOrigin } from '@/lib/platform/auth/request/same-origin';
import { cookieNames, readCookies } from '@/lib/platform/auth/session/cookies';
import { limitSubject } from '@/lib/platform/core/address';
import { MINUTE_MS } from '@/lib/platform/core/clock';
import { getEnv, type SignInProvider } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { problemResponse } from '@/lib/platform/core/http/http';
import { log } from '@/lib/platform/core/log';
import type { LimitVerdict } from '@/lib/platform/rate-limit/contract';
import { limitDetails, setLimitHeaders } from '@/lib/platform/rate-limit/limit-headers';
import { LocalQuota } from '@/lib/platform/rate-limit/local-quota';
import { type Attempt, callNextAuth, type NextAuthAnswer } from './next-auth';

type Step = 'signin' | 'callback';
type RouteContext = { params: Promise<{ nextauth: string[] }> };

const FORM_LENGTH_MAX = 8_192;
const CALLBACK_PARAMETERS = [
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'session_state',
  'scope',
  'response',
];

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function page(status: number, title: string, body: string, headers: Headers): Response {
  headers.set('content-type', 'text/html; charset=utf-8');
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${title}</title></head><body><p>${body}</p></body></html>`;
  return new Response(html, { status, headers });
}

/**
 * Leads the browser to the provider by a refresh, not a redirect: a redirect after a form would need the provider's
 * origin (and any it forwards to) in the form-action of our content security policy.
 */
function leadTo(url: string, headers: Headers): Response {
  headers.set('refresh', `0; url=${url}`);
  return page(200, 'Signing in', `<a href="${escapeHtml(url)}">Continue to sign in</a>`, headers);
}

function headersWith(setCookies: readonly string[]): Headers {
  const headers = new Headers({ 'cache-control': 'no-store' });
  for (const cookie of setCookies) headers.append('set-cookie', cookie);
  return headers;
}

function redirectTo(path: string, setCookies: readonly string[] = []): Response {
  const headers = headersWith(setCookies);
  headers.set('location', new URL(path, getEnv().consoleUrl).href);
  return new Response(null, { status: 303, headers });
}

function cookiesOf(request: Request): Record<string, string> {
  const cookies = readCookies(request.headers.get('cookie'));
  return Object.fromEntries([...cookies].map(([name, values]) => [name, values[0] ?? '']));
}

function newAttempt(request: Request, info: RequestInfo): Attempt {
  const held = readCookies(request.headers.get('cookie')).get(cookieNames(getEnv().isHttps).session);
  return { request: info, replacedToken: held?.[0] || null, identity: null, signedIn: null, problems: [] };
}

async function formOf(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get('content-type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    throw new AppError('unsupported_media_type', 'Send the form of the sign-in page.');
  }
  const text = await request.text();
  if (text.length > FORM_LENGTH_MAX) throw new AppError('too_large', 'The form is too large.');
  return new URLSearchParams(text);
}

async function recordFailure(attempt: Attempt, provider: SignInProvider, code: string): Promise<void> {
  const { request, identity, problems } = attempt;
  await recordAlone(anonymousActor(request, undefined, identity?.displayName), {
    action: 'auth.sign_in_failed',
    outcome: 'failure',
    code,
    reason: problems.at(-1),
    details: { provider: provider.id },
  });
}

function cookiePair(setCookie: string): [string, string] {
  const pair = setCookie.split(';')[0] ?? '';
  const at = pair.indexOf('=');
  return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))];
}

/** Starts the flow. next-auth wants its own token pair beside our same-origin check, so it is asked for one first. */
async function start(request: Request, provider: SignInProvider, attempt: Attempt): Promise<Response> {
  requireSameOrigin(request);
  const form = await formOf(request);
  const issued = await callNextAuth({ method: 'GET', action: 'csrf', cookies: {} }, attempt);
  const { csrfToken } = issued.body as { csrfToken: string };
  const answer = await callNextAuth(
    {
      method: 'POST',
      action: 'signin',
      provider: provider.id,
      body: { csrfToken, callbackUrl: form.get('callbackUrl') ?? '/' },
      cookies: Object.fromEntries(issued.setCookies.map(cookiePair)),
    },
    attempt,
  );
  if (!answer.location || isFailure(answer)) {
    await recordFailure(attempt, provider, 'PROVIDER_UNAVAILABLE');
    return redirectTo('/login?error=unavailable');
  }
  return leadTo(answer.location, headersWith(answer.setCookies));
}

/** next-auth shows a failure by leading to one of its own pages. */
function isFailure(answer: NextAuthAnswer): boolean {
  const { consoleUrl } = getEnv();
  if (answer.status >= 400 || !answer.location) return true;
  const url = new URL(answer.location, consoleUrl);
  return url.origin === new URL(consoleUrl).origin && /^\/(api\/auth|login)(\/|$)/.test(url.pathname);
}

function failureOf(query: Record<string, string>, attempt: Attempt): { code: string; shown: string } {
  const reason = attempt.problems.join(' ').toLowerCase();
  if (query.error === 'access_denied') return { code: 'CANCELLED', shown: 'cancelled' };
  if (/cookie was missing|could not be parsed|state mismatch|state missing/.test(reason))
    return { code: 'STATE_MISMATCH', shown: 'expired' };
  return { code: attempt.identity ? 'NOT_COMPLETED' : 'PROVIDER_REFUSED', shown: 'failed' };
}

/** The provider sends the browser back: next-auth checks state, nonce, PKCE and the ID token, then we sign in. */
async function finish(request: Request, provider: SignInProvider, attempt: Attempt): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const query: Record<string, string> = {};
  for (const name of CALLBACK_PARAMETERS) {
    const values = searchParams.getAll(name);
    if (values.length > 1) throw new AppError('bad_request', `The parameter "${name}" was sent twice.`);
    if (values[0] !== undefined) query[name] = values[0];
  }
  const answer = await callNextAuth(
    { method: 'GET', action: 'callback', provider: provider.id, query, cookies: cookiesOf(request) },
    attempt,
  );
  if (attempt.signedIn && answer.location && !isFailure(answer))
    return redirectTo(answer.location, answer.setCookies);
  const { code, shown } = failureOf(query, attempt);
  await recordFailure(attempt, provider, code);
  return redirectTo(`/login?error=${shown}`);
}

/** One row per address, step and minute: a flood cannot fill the log. */
const floods = new LocalQuota(1, MINUTE_MS);

async function refuseFlood(
  limit: LimitVerdict,
  step: Step,
  info: RequestInfo,
  provider: SignInProvider,
): Promise<Response> {
  if (floods.take(`${step} ${limitSubject(info.ip)}`)) {
    await recordAlone(anonymousActor(info), {
      action: 'auth.sign_in_failed',
      outcome: 'denied',
      code: limit.isUnavailable ? 'UNAVAILABLE' : 'RATE_LIMITED',
      details: { provider: provider.id, ...limitDetails(limit) },
    });
  }
  const headers = headersWith([]);
  setLimitHeaders(headers, limit);
  return page(
    limit.isUnavailable ? 503 : 429,
    'Too many sign-ins',
    `Too many sign-ins from your address. Try again in ${limit.retryAfterSeconds} seconds.`,
    headers,
  );
}

async function run(
  step: Step,
  request: Request,
  providerId: string | undefined,
  info: RequestInfo,
): Promise<Response> {
  const provider = getEnv().signInProviders.find(({ id }) => id === providerId);
  if (!provider) throw new AppError('not_found', 'Unknown sign-in provider.');
  const limit = await limitRequest(info, null);
  if (!limit.isAllowed) return refuseFlood(limit, step, info, provider);
  const attempt = newAttempt(request, info);
  return step === 'signin' ? start(request, provider, attempt) : finish(request, provider, attempt);
}

function route(method: 'GET' | 'POST', step: Step) {
  return async (request: Request, context: RouteContext): Promise<Response> => {
    const info = requestInfoOf(request);
    try {
      const [action, providerId, ...rest] = (await context.params).nextauth;
      if (action !== step || rest.length > 0)
        throw new AppError('not_found', `There is nothing to ${method} here.`);
      const response = await run(step, request, providerId, info);
      response.headers.set('x-request-id', info.requestId);
      return response;
    } catch (error) {
      if (error instanceof RefusedError) {
        await recordRefusal(info, error.refusal).catch((cause: unknown) =>
          log().error({ err: cause }, 'refusal not recorded'),
        );
      }
      return problemResponse(error, info.requestId);
    }
  };
}

/** `GET /api/auth/callback/<provider>`: where a provider sends the browser back to. */
export const finishSignIn = route('GET', 'callback');
/** `POST /api/auth/signin/<provider>` with the form field `callbackUrl`: starts a sign-in. */
export const startSignIn = route('POST', 'signin');
