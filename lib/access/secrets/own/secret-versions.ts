import { hash, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { LoadedSecret } from '@/lib/platform/core/env/env';

const derive = promisify<string, string, number, { N: number; r: number; p: number }, Buffer>(scrypt);
/** As dear to guess as a password hash: the digest stands in the log, and some settings are short. */
const COST = { N: 16_384, r: 8, p: 1 };
const DIGEST_BYTES = 4;

/** The last digest of each setting, found again by a fast digest of the value: no value is kept. */
const known = new Map<string, { of: string; digest: Promise<string> }>();

/** Eight hexadecimal digits that tell one value of a setting from another. */
export function digestOfSetting(setting: string, value: string): Promise<string> {
  const of = hash('sha256', value, 'base64');
  const last = known.get(setting);
  if (last?.of === of) return last.digest;
  const digest = derive(value, `bulwark setting ${setting}`, DIGEST_BYTES, COST).then((bytes) =>
    bytes.toString('hex'),
  );
  known.set(setting, { of, digest });
  return digest;
}

/** What names a version beside its digest: the login of a connection. */
function loginOf(value: string): string | null {
  const url = URL.parse(value);
  if (!url || !/^(?:postgres|postgresql|redis|rediss|smtp|smtps):$/.test(url.protocol)) return null;
  return decodeURIComponent(url.username) || null;
}

/** The version of a setting as processes, screens and the log name it, such as `app_rw_a 1f9a03cc`. */
export async function versionOf({ name, value }: Pick<LoadedSecret, 'name' | 'value'>): Promise<string> {
  const login = loginOf(value);
  const digest = await digestOfSetting(name, value);
  return login === null ? digest : `${login} ${digest}`;
}
