import { isPlaceholder, secretWeakness } from './env-rules';
import type { SupabaseSettings } from './env-supabase';

/** Settings that mean nothing without the project's URL: most likely its name was mistyped. */
export function supabaseProblems(settings: SupabaseSettings): string[] {
  if (settings.SUPABASE_URL) return [];
  const names = [
    'SUPABASE_JWKS_URL',
    'SUPABASE_JWT_ISSUER',
    'SUPABASE_JWT_SECRET',
    'SUPABASE_TENANT',
    'SUPABASE_SERVICE_ROLE_KEY',
  ] as const;
  return names
    .filter((name) => settings[name] !== undefined)
    .map((name) => `${name} is set, but SUPABASE_URL is not. Set SUPABASE_URL to the project's origin.`);
}

function isReadableByOthers(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && hostname !== 'localhost' && hostname !== '127.0.0.1';
}

/** What only production refuses: keys that others could swap on their way, and secrets that can be guessed. */
export function supabaseProductionProblems(settings: SupabaseSettings): string[] {
  const problems: string[] = [];
  for (const name of ['SUPABASE_URL', 'SUPABASE_JWKS_URL'] as const) {
    const url = settings[name];
    if (url && isReadableByOthers(url)) problems.push(`${name} must be an https URL in production.`);
  }
  const weakness = settings.SUPABASE_JWT_SECRET ? secretWeakness(settings.SUPABASE_JWT_SECRET) : null;
  if (weakness)
    problems.push(`SUPABASE_JWT_SECRET ${weakness}. Use the signing keys of the project instead.`);
  if (settings.SUPABASE_SERVICE_ROLE_KEY && isPlaceholder(settings.SUPABASE_SERVICE_ROLE_KEY)) {
    problems.push('SUPABASE_SERVICE_ROLE_KEY is a placeholder. Copy the secret key of the project.');
  }
  return problems;
}
