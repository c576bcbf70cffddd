import type { OAuthConfig } from 'next-auth/providers/oauth';
import { z } from 'zod';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { getEnv, type SignInProvider } from '@/lib/platform/core/env/env';
import type { Claims } from './proven-identity';

type SupabaseProvider = Extract<SignInProvider, { kind: 'supabase' }>;

const TIMEOUT_MS = 8 * SECOND_MS;

/** What GoTrue answers to a code, as far as it is used: who signed in. Its tokens are dropped here. */
const grant = z.object({
  access_token: z.string().min(1),
  user: z.object({
    id: z.uuid(),
    email: z.string().nullish(),
    email_confirmed_at: z.string().nullish(),
    is_anonymous: z.boolean().nullish(),
    /** The user may write this themselves: a name to show, never a proof. */
    user_metadata: z.object({ name: z.unknown(), full_name: z.unknown() }).partial().nullish(),
  }),
});

function ask(
  provider: SupabaseProvider,
  path: string,
  init: { body?: object; token?: string },
): Promise<Response> {
  return fetch(`${provider.url}/auth/v1${path}`, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      apikey: provider.clientSecret,
      'content-type': 'application/json',
      ...(init.token ? { authorization: `Bearer ${init.token}` } : {}),
    },
    body: JSON.stringify(init.body ?? {}),
  });
}

/** Exchanges the code for who it proves, straight from the project over TLS, and ends the session made for it. */
async function claimsFor(provider: SupabaseProvider, code: string, codeVerifier: string): Promise<Claims> {
  const response = await ask(provider, '/token?grant_type=pkce', {
    body: { auth_code: code, code_verifier: codeVerifier },
  });
  if (!response.ok) throw new Error(`Supabase refused the code with status ${response.status}.`);
  const { access_token: token, user } = grant.parse(await response.json());
  await ask(provider, '/logout?scope=local', { token }).catch(() => undefined);
  if (user.is_anonymous) throw new Error('Anonymous Supabase users cannot sign in.');
  return {
    iss: provider.issuer,
    sub: user.id,
    name: user.user_metadata?.full_name ?? user.user_metadata?.name,
    email: user.email,
    email_verified: Boolean(user.email_confirmed_at),
  };
}

/**
 * GoTrue's PKCE flow, which is no OpenID Connect: it echoes no state, so what binds the answer to this browser is the
 * code verifier in our cookie, without which GoTrue gives nothing for the code.
 */
export function supabaseFlow(provider: SupabaseProvider): Partial<OAuthConfig<Claims>> {
  const redirectTo = `${getEnv().consoleUrl}/api/auth/callback/supabase`;
  return {
    issuer: provider.issuer,
    checks: ['pkce'],
    authorization: {
      url: `${provider.url}/auth/v1/authorize`,
      params: { provider: provider.via, redirect_to: redirectTo },
    },
    token: {
      url: `${provider.url}/auth/v1/token`,
      request: async ({ params, checks }) => {
        if (!params.code || !checks.code_verifier) throw new Error('Supabase sent no code.');
        return { tokens: { proven: await claimsFor(provider, params.code, checks.code_verifier) } };
      },
    },
    userinfo: {
      url: `${provider.url}/auth/v1/user`,
      request: async ({ tokens }) => tokens.proven as Claims,
    },
  };
}
