import { SignJWT } from 'jose';
import { newId } from '@/lib/platform/core/ids';

const SECRET = 'a secret that only the benchmark knows, 48 bytes';
const URL = 'http://127.0.0.1:4356';

/** Settings under which the gate accepts the tokens of this file; nobody listens at the address. */
export const BENCH_JWT = { SUPABASE_URL: URL, SUPABASE_JWT_SECRET: SECRET };

/** Values of Authorization: sessions as GoTrue issues them, under the legacy secret. */
export async function signTokens(count: number): Promise<string[]> {
  const key = new TextEncoder().encode(SECRET);
  const now = Math.floor(Date.now() / 1000);
  const sign = () =>
    new SignJWT({
      iss: `${URL}/auth/v1`,
      sub: newId(),
      aud: 'authenticated',
      iat: now,
      exp: now + 3600,
      role: 'authenticated',
      session_id: newId(),
    })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(key);
  const tokens = await Promise.all(Array.from({ length: count }, sign));
  return tokens.map((token) => `Bearer ${token}`);
}
