import { AsyncLocalStorage } from 'node:async_hooks';
import type { NextApiRequest, NextApiResponse } from 'next';
import NextAuth, { type AuthOptions } from 'next-auth';
import type { OAuthConfig } from 'next-auth/providers/oauth';
import type { RequestInfo } from '@/lib/platform/auth/contract';
import { cookieNames, cookieOptions } from '@/lib/platform/auth/session/cookies';
import { newSessionToken } from '@/lib/platform/auth/session/session-token';
import { HOUR_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { getEnv, pinSignInOrigin, requireEnv } from '@/lib/platform/core/env/env';
import type { SignInProvider } from '@/lib/platform/core/env/env-providers';
import { log } from '@/lib/platform/core/log';
import { completeSignIn, type SignedIn } from './complete-sign-in';
import {
  type Claims,
  GITHUB_ISSUER,
  GOOGLE_ISSUER,
  identityOf,
  issuerOf,
  type ProvenIdentity,
} from './proven-identity';
import { safeReturnUrl } from './return-path';
import { supabaseFlow } from './supabase-flow';

/** One call of next-auth: what it is given, and what was learned while it ran. */
export interface Attempt {
  request: RequestInfo;
  replacedToken: string | null;
  identity: ProvenIdentity | null;
  signedIn: SignedIn | null;
  /** Why it failed, most telling last; texts of next-auth and openid-client, never a token. */
  problems: string[];
}

export interface NextAuthCall {
  method: 'GET' | 'POST';
  action: 'csrf' | 'signin' | 'callback';
  provider?: string;
  query?: Record<string, string>;
  body?: Record<string, string>;
  cookies: Record<string, string>;
}

export interface NextAuthAnswer {
  status: number;
  location: string | null;
  setCookies: string[];
  body: unknown;
}

const PROVIDER_TIMEOUT_MS = 8 * SECOND_MS;
/** The timeout above begins anew with every byte; a provider whose answer drips is given up after this. */
const STEP_TIMEOUT_MS = 9 * SECOND_MS;
const UNANSWERED: NextAuthAnswer = { status: 504, location: null, setCookies: [], body: null };
const attempts = new AsyncLocalStorage<Attempt>();

function problemText(metadata: unknown): string {
  const error = metadata instanceof Error ? metadata : (metadata as { error?: unknown } | undefined)?.error;
  return error instanceof Error ? error.message : 'no reason given';
}

/** next-auth keeps one logger for the whole process; which call a line belongs to is known from the async context. */
const logger: AuthOptions['logger'] = {
  error(code, metadata) {
    attempts.getStore()?.problems.push(problemText(metadata));
    log().warn({ code, reason: problemText(metadata) }, 'sign-in failed');
  },
  warn: (code) => log().warn({ code }, 'next-auth warning'),
  debug: () => undefined,
};

type RequestUserinfo = Extract<OAuthConfig<Claims>['userinfo'], { request?: unknown }>['request'];

/** Claims of the verified ID token win; the userinfo endpoint only fills in what it lacks, for the same subject. */
const requestOidcClaims: RequestUserinfo = async ({ client, tokens }) => {
  if (!tokens.id_token || !('claims' in tokens) || typeof tokens.claims !== 'function') {
    throw new Error('The provider sent no ID token.');
  }
  const claims: Claims = tokens.claims();
  const isComplete = claims.name !== undefined && claims.email !== undefined;
  if (isComplete || !client.issuer.metadata.userinfo_endpoint || !tokens.access_token) return claims;
  const more: Claims = await client.userinfo(tokens.access_token);
  if (more.sub !== claims.sub) throw new Error('The userinfo endpoint answered about somebody else.');
  return { ...more, ...claims };
};

interface GithubEmail {
  email: string;
  primary: boolean;
  verified: boolean;
}

/** GitHub's public profile address is not proven: only the primary one that GitHub has verified counts. */
const requestGithubClaims: RequestUserinfo = async ({ client, tokens }) => {
  if (!tokens.access_token) throw new Error('GitHub sent no access token.');
  const profile: Claims = await client.userinfo(tokens.access_token);
  const response = await fetch('https://api.github.com/user/emails', {
    headers: { authorization: `Bearer ${tokens.access_token}`, accept: 'application/vnd.github+json' },
    redirect: 'error',
    signal: AbortSignal.timeout(PROVIDER_TIMEOUT_MS),
  });
  const emails: GithubEmail[] = response.ok ? await response.json() : [];
  const primary = emails.find((entry) => entry.primary && entry.verified);
  return { ...profile, email: primary?.email, email_verified: primary !== undefined };
};

function providerConfig(provider: SignInProvider, attempt: Attempt): OAuthConfig<Claims> {
  const { id, label: name, clientId, clientSecret } = provider;
  const common = {
    id,
    name,
    type: 'oauth' as const,
    clientId,
    clientSecret,
    httpOptions: { timeout: PROVIDER_TIMEOUT_MS },
    profile(claims: Claims) {
      attempt.identity = identityOf(provider, claims);
      return { id: attempt.identity.subject };
    },
  };
  if (provider.kind === 'github') {
    return {
      ...common,
      issuer: GITHUB_ISSUER,
      checks: ['pkce', 'state'],
      authorization: { url: 'https://github.com/login/oauth/authorize', params: { scope: 'user:email' } },
      token: 'https://github.com/login/oauth/access_token',
      userinfo: { url: 'https://api.github.com/user', request: requestGithubClaims },
    };
  }
  if (provider.kind === 'supabase') return { ...common, ...supabaseFlow(provider) };
  const issuer = issuerOf(provider);
  return {
    ...common,
    wellKnown: `${(provider.kind === 'google' ? GOOGLE_ISSUER : issuer).replace(/\/$/, '')}/.well-known/openid-configuration`,
    idToken: true,
    checks: ['pkce', 'state', 'nonce'],
    authorization: { params: { scope: 'openid email profile' } },
    userinfo: { request: requestOidcClaims },
  };
}

/**
 * next-auth only proves who somebody is. It is told that every proven identity has an account and nobody is signed in
 * yet, so it never looks people up by e-mail and never links accounts; all that follows is `completeSignIn`.
 */
function adapterOf(attempt: Attempt): AuthOptions['adapter'] {
  const unused = (): never => {
    throw new Error('next-auth may not change accounts.');
  };
  return {
    getUserByAccount: () =>
      attempt.identity ? { id: attempt.identity.subject, email: '', emailVerified: null } : null,
    getUserByEmail: () => null,
    getSessionAndUser: () => null,
    getUser: () => null,
    createUser: unused,
    updateUser: unused,
    linkAccount: unused,
    updateSession: unused,
    deleteSession: unused,
    async createSession({ sessionToken, userId }) {
      const { identity, request, replacedToken } = attempt;
      if (!identity || identity.subject !== userId) throw new Error('No identity was proven.');
      attempt.signedIn = await completeSignIn(identity, { request, token: sessionToken, replacedToken });
      return { sessionToken, userId, expires: attempt.signedIn.expiresAt };
    },
  };
}

function cookieSettings(isHttps: boolean): AuthOptions['cookies'] {
  const names = cookieNames(isHttps);
  const options = cookieOptions(isHttps);
  const shortLived = { ...options, maxAge: 15 * 60 };
  return {
    sessionToken: { name: names.session, options },
    callbackUrl: { name: names.callbackUrl, options },
    csrfToken: { name: names.csrf, options },
    pkceCodeVerifier: { name: names.pkce, options: shortLived },
    state: { name: names.state, options: shortLived },
    nonce: { name: names.nonce, options: shortLived },
  };
}

function optionsOf(attempt: Attempt): AuthOptions {
  const { isHttps, consoleUrl, sessionAbsoluteHours, signInProviders } = getEnv();
  return {
    providers: signInProviders.map((provider) => providerConfig(provider, attempt)),
    adapter: adapterOf(attempt),
    secret: requireEnv('authSecret'),
    useSecureCookies: isHttps,
    cookies: cookieSettings(isHttps),
    session: {
      strategy: 'database',
      maxAge: (sessionAbsoluteHours * HOUR_MS) / SECOND_MS,
      generateSessionToken: newSessionToken,
    },
    pages: { signIn: '/login', error: '/login', signOut: '/signed-out' },
    callbacks: {
      signIn: () => attempt.identity !== null,
      redirect: ({ url }) => safeReturnUrl(url, consoleUrl),
    },
    logger,
  };
}

/** The part of a Node response that next-auth writes to. */
class CapturedAnswer {
  private statusCode = 200;
  private readonly headers = new Map<string, string | string[]>();
  body: unknown;

  status(code: number): this {
    this.statusCode = code;
    return this;
  }
  setHeader(name: string, value: string | string[]): this {
    this.headers.set(name.toLowerCase(), value);
    return this;
  }
  getHeader(name: string): string | string[] | undefined {
    return this.headers.get(name.toLowerCase());
  }
  send(body: unknown): void {
    this.body = body;
  }
  json(body: unknown): void {
    this.body = body;
  }
  end(): void {}

  toAnswer(): NextAuthAnswer {
    const location = this.headers.get('location');
    const cookies = this.headers.get('set-cookie') ?? [];
    return {
      status: this.statusCode,
      location: typeof location === 'string' ? location : null,
      setCookies: Array.isArray(cookies) ? cookies : [cookies],
      body: this.body,
    };
  }
}

/** next-auth reads query, cookies, headers, method and body of the request, and nothing else; the answer takes all it writes. */
function asNodePair(call: NextAuthCall, answer: CapturedAnswer): [NextApiRequest, NextApiResponse] {
  const nextauth = call.provider === undefined ? [call.action] : [call.action, call.provider];
  const request = {
    method: call.method,
    query: { ...call.query, nextauth },
    cookies: call.cookies,
    headers: {},
    body: call.body,
  };
  return [request as unknown as NextApiRequest, answer as unknown as NextApiResponse];
}

/** Runs one step of the sign-in flow. It is given no headers, so no Host or X-Forwarded-Host can move its origin. */
export async function callNextAuth(call: NextAuthCall, attempt: Attempt): Promise<NextAuthAnswer> {
  pinSignInOrigin();
  const answer = new CapturedAnswer();
  const [request, response] = asNodePair(call, answer);
  const step = attempts.run(attempt, async () => {
    await NextAuth(request, response, optionsOf(attempt));
    return answer.toAnswer();
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<NextAuthAnswer>((resolve) => {
    timer = setTimeout(() => {
      attempt.problems.push('The provider did not finish its answer in time.');
      resolve(UNANSWERED);
    }, STEP_TIMEOUT_MS);
  });
  return Promise.race([step, late]).finally(() => clearTimeout(timer));
}
