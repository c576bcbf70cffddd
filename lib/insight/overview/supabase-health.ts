import { getEnv, type SupabaseEnv } from '@/lib/platform/core/env/env';
import type { HealthPartDto } from './contract';

const TIMEOUT_MS = 1_500;
const LENGTH_MAX = 256 * 1024;

type Found = Pick<HealthPartDto, 'state' | 'detail' | 'remedy'>;

function ask(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
    cache: 'no-store',
  });
}

/** How many keys are published; null where the answer is no key set. */
async function publishedKeys(url: string): Promise<number | null> {
  const response = await ask(url);
  const text = await response.text();
  if (!response.ok || text.length > LENGTH_MAX) return null;
  const body: unknown = JSON.parse(text);
  return typeof body === 'object' && body !== null && 'keys' in body && Array.isArray(body.keys)
    ? body.keys.length
    : null;
}

async function isServiceKeyAccepted({ url, serviceRoleKey }: SupabaseEnv): Promise<boolean> {
  if (serviceRoleKey === null) return true;
  const headers = { apikey: serviceRoleKey, authorization: `Bearer ${serviceRoleKey}` };
  const response = await ask(`${url}/auth/v1/admin/users?page=1&per_page=1`, headers);
  await response.body?.cancel();
  return response.ok;
}

async function look(supabase: SupabaseEnv): Promise<Found> {
  const keys = await publishedKeys(supabase.jwksUrl);
  if (keys === null || (keys === 0 && supabase.jwtSecret === null)) {
    const detail = `${new URL(supabase.jwksUrl).origin} publishes no keys`;
    const remedy = 'No token can be verified. Correct SUPABASE_JWKS_URL, or set SUPABASE_JWT_SECRET.';
    return { state: 'degraded', detail, remedy };
  }
  if (!(await isServiceKeyAccepted(supabase))) {
    const remedy = 'Blocked users are not banned at Supabase. Correct SUPABASE_SERVICE_ROLE_KEY.';
    return { state: 'degraded', detail: 'Supabase rejected the service key', remedy };
  }
  const published =
    keys === 0 ? 'Tokens under the legacy secret' : `${keys} published ${keys === 1 ? 'key' : 'keys'}`;
  const bans = supabase.serviceRoleKey === null ? ', no service key' : ', the service key is accepted';
  return { state: 'ok', detail: `${published}${bans}`, remedy: null };
}

/** The connection to Supabase; nothing where it is not configured. */
export async function supabaseHealth(): Promise<HealthPartDto[]> {
  const { supabase } = getEnv();
  if (!supabase) return [];
  const down: Found = {
    state: 'down',
    detail: `${new URL(supabase.jwksUrl).origin} does not answer`,
    remedy: 'Gates use cached keys for up to 24 hours. Check Supabase and SUPABASE_URL.',
  };
  return [{ part: 'supabase', ...(await look(supabase).catch(() => down)) }];
}
