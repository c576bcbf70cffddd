import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

/** What the local identity provider keeps between runs, so that a restart breaks no sign-in. */
export interface LocalIdpKeys {
  signing: JWK;
  cookies: string[];
}

function readKeys(path: string): LocalIdpKeys | null {
  try {
    const stored: Partial<LocalIdpKeys> = JSON.parse(readFileSync(path, 'utf8'));
    return stored.signing && stored.cookies ? { signing: stored.signing, cookies: stored.cookies } : null;
  } catch {
    return null;
  }
}

async function createKeys(): Promise<LocalIdpKeys> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const signing = {
    ...(await exportJWK(privateKey)),
    alg: 'RS256',
    use: 'sig',
    kid: randomBytes(8).toString('hex'),
  };
  return { signing, cookies: [randomBytes(32).toString('base64url')] };
}

/** Keys from `<folder>/local-idp-keys.json` (0600); a missing or damaged file is replaced. */
export async function keepLocalIdpKeys(folder: string): Promise<LocalIdpKeys> {
  const path = join(folder, 'local-idp-keys.json');
  const stored = readKeys(path);
  if (stored) return stored;
  const keys = await createKeys();
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(keys), { mode: 0o600 });
  renameSync(draft, path);
  return keys;
}
