import { describe, expect, it } from 'vitest';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { EnvError, parseEnv } from './env';

const SECRET = 'k2Vd8QmZr5TnXw9Yb3JhLc7PsFg4Ae6U';
const URL = 'https://abc.supabase.co';

function problemsOf(source: Record<string, string>): readonly string[] {
  try {
    parseEnv({ BULWARK_PROCESS: 'test', ...source });
  } catch (error) {
    if (error instanceof EnvError) return error.problems;
    throw error;
  }
  return [];
}

describe('the connection to Supabase', () => {
  it('is absent where no project is named', () => {
    expect(parseEnv({ BULWARK_PROCESS: 'test' }).supabase).toBeNull();
  });

  it('needs nothing but the project', () => {
    expect(parseEnv({ BULWARK_PROCESS: 'test', SUPABASE_URL: `${URL}/` }).supabase).toEqual({
      url: URL,
      issuer: `${URL}/auth/v1`,
      jwksUrl: `${URL}/auth/v1/.well-known/jwks.json`,
      jwtSecret: null,
      audience: 'authenticated',
      clockSkewSeconds: 60,
      maxLifetimeSeconds: 86_400,
      tenantId: DEFAULT_TENANT_ID,
      serviceRoleKey: null,
    });
  });

  it('is refused where settings of it stand without the project', () => {
    const problems = problemsOf({ SUPABASE_JWT_SECRET: SECRET, SUPABASE_SERVICE_ROLE_KEY: SECRET });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain(SECRET);
  });

  it.each([
    ['SUPABASE_TENANT', 'default'],
    ['SUPABASE_URL', 'abc.supabase.co'],
    ['SUPABASE_JWKS_URL', 'file:///etc/passwd'],
    ['SUPABASE_JWT_SKEW_SECONDS', '3600'],
    ['SUPABASE_JWT_LIFETIME_MAX_SECONDS', '9999999'],
  ])('refuses %s=%s', (name, value) => {
    expect(problemsOf({ SUPABASE_URL: URL, [name]: value })[0]).toContain(name);
  });

  it('may be insecure in local mode only', () => {
    const insecure = {
      SUPABASE_URL: 'http://kong:8000',
      SUPABASE_JWT_SECRET: 'super-secret-jwt-token-with-at-least-32-characters-long',
      SUPABASE_SERVICE_ROLE_KEY: 'changeme',
    };
    expect(problemsOf({ BULWARK_MODE: 'local', ...insecure })).toEqual([]);
    const names = problemsOf({ BULWARK_MODE: 'production', ...insecure }).map((text) => text.split(' ')[0]);
    expect(names).toEqual(['SUPABASE_URL', 'SUPABASE_JWT_SECRET', 'SUPABASE_SERVICE_ROLE_KEY']);
  });
});
