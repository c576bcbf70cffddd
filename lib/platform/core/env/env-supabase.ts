import { z } from 'zod';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { documented } from './env-doc';
import { origin, text, urlOf, wholeNumber } from './env-values';

const group = 'Supabase';

/** Settings of the connection to Supabase; SUPABASE_URL turns it on. */
export const supabaseSettings = {
  SUPABASE_URL: documented(origin(), {
    group,
    default: 'none',
    description: 'The project, such as https://abc.supabase.co. Turns on the verification of its tokens.',
  }),
  SUPABASE_JWT_ISSUER: documented(text(), {
    group,
    default: '<SUPABASE_URL>/auth/v1',
    description: 'Issuer, exactly as it appears in the tokens.',
  }),
  SUPABASE_JWKS_URL: documented(urlOf(['https:', 'http:'], 'a URL such as https://host/jwks.json'), {
    group,
    default: '<SUPABASE_URL>/auth/v1/.well-known/jwks.json',
    description: 'Where the keys of ES256 and RS256 tokens are published.',
  }),
  SUPABASE_JWT_SECRET: documented(text(), {
    group,
    secret: true,
    default: 'none',
    description: 'The legacy shared secret. If it is not set, HS256 tokens are rejected.',
  }),
  SUPABASE_JWT_AUDIENCE: documented(z.string().default('authenticated'), {
    group,
    default: 'authenticated',
    description: 'The audience that tokens must name.',
  }),
  SUPABASE_JWT_SKEW_SECONDS: documented(wholeNumber(0, 600, 60), {
    group,
    default: '60',
    description: 'How far the clocks of Supabase and Bulwark may differ.',
  }),
  SUPABASE_JWT_LIFETIME_MAX_SECONDS: documented(wholeNumber(60, 604_800, 86_400), {
    group,
    default: '86400',
    description: 'Tokens with a longer lifetime are rejected.',
  }),
  SUPABASE_TENANT: documented(z.uuid('must be the id of a tenant').optional(), {
    group,
    default: 'the default tenant',
    description: 'Id of the tenant that the users of Supabase belong to.',
  }),
  SUPABASE_SERVICE_ROLE_KEY: documented(text(), {
    group,
    secret: true,
    default: 'none',
    description:
      'Lets Bulwark look up users and ban them at Supabase. Only the console and the worker need it.',
  }),
  SUPABASE_SIGN_IN: documented(text(), {
    group,
    default: 'none',
    description:
      'Sign-in to the console through Supabase: the provider behind it, such as github. Allow <BULWARK_URL>/api/auth/callback/supabase as redirect URL there.',
  }),
  SUPABASE_ANON_KEY: documented(text(), {
    group,
    default: 'none',
    description: 'The publishable key of the project; needed for SUPABASE_SIGN_IN.',
  }),
};

export type SupabaseSettings = z.output<z.ZodObject<typeof supabaseSettings>>;

/** The connection to Supabase as the rooms use it. */
export interface SupabaseEnv {
  url: string;
  issuer: string;
  jwksUrl: string;
  jwtSecret: string | null;
  audience: string;
  clockSkewSeconds: number;
  maxLifetimeSeconds: number;
  tenantId: string;
  /** Null: tokens are verified, but nobody can be looked up or banned at Supabase. */
  serviceRoleKey: string | null;
}

/** @returns null where Supabase is not configured */
export function describeSupabase(settings: SupabaseSettings): SupabaseEnv | null {
  const url = settings.SUPABASE_URL;
  if (!url) return null;
  return {
    url,
    issuer: settings.SUPABASE_JWT_ISSUER ?? `${url}/auth/v1`,
    jwksUrl: settings.SUPABASE_JWKS_URL ?? `${url}/auth/v1/.well-known/jwks.json`,
    jwtSecret: settings.SUPABASE_JWT_SECRET ?? null,
    audience: settings.SUPABASE_JWT_AUDIENCE,
    clockSkewSeconds: settings.SUPABASE_JWT_SKEW_SECONDS,
    maxLifetimeSeconds: settings.SUPABASE_JWT_LIFETIME_MAX_SECONDS,
    tenantId: settings.SUPABASE_TENANT ?? DEFAULT_TENANT_ID,
    serviceRoleKey: settings.SUPABASE_SERVICE_ROLE_KEY ?? null,
  };
}
