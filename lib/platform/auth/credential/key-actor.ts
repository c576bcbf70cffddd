import { VERIFY_CODES, type VerifyCode } from '@/lib/access/api-keys/contract';
import type { KeyActor, RequestInfo } from '@/lib/platform/auth/contract';
import { RefusedError, slowGuessing } from '@/lib/platform/auth/request/refusal';
import { getEnv } from '@/lib/platform/core/env/env';
import { doors } from './doors';
import { decideKey, type KeySnapshot } from './key-decision';
import { digestKey, digestsEqual, parseKey } from './key-format';

function pepperOf(id: string): string | null {
  const { keyPepper, keyPeppersRetired } = getEnv();
  const all = keyPepper ? [keyPepper, ...keyPeppersRetired] : keyPeppersRetired;
  return all.find((pepper) => pepper.id === id)?.value ?? null;
}

/** Whether the digest of a version is that of this very key. */
const provenBy =
  (key: string) =>
  ({ digest, pepperId }: { digest: string; pepperId: string }): boolean => {
    const pepper = pepperOf(pepperId);
    return pepper !== null && digestsEqual(digestKey(key, pepper), digest);
  };

function refused(code: VerifyCode, snapshot?: KeySnapshot): RefusedError {
  const known = snapshot && {
    tenantId: snapshot.tenantId,
    label: snapshot.name,
    target: { type: 'key' as const, id: snapshot.keyId, label: snapshot.name },
  };
  const sentence = `API key rejected (${code}): ${VERIFY_CODES[code]}. Send a valid key.`;
  return new RefusedError('unauthenticated', sentence, { code, ...known });
}

/**
 * The service behind an API key, decided as the gate decides (promise 2: read in the primary on every request).
 * @throws RefusedError unauthenticated, naming the verification code, or rate_limited for guessing
 */
export async function keyActorOf(key: string, request: RequestInfo): Promise<KeyActor> {
  const parsed = parseKey(key);
  slowGuessing(request);
  if (!parsed) throw refused('MALFORMED');
  const found = await doors().findKey(parsed.publicId, provenBy(key));
  if (!found) throw refused('NOT_FOUND');
  const { snapshot, nowMs } = found;
  const { code } = decideKey(snapshot, { nowMs, ip: request.ip });
  if (code !== 'VALID') throw refused(code, snapshot);
  return {
    type: 'key',
    tenantId: snapshot.tenantId,
    keyId: snapshot.keyId,
    versionId: snapshot.versionId,
    scopes: snapshot.scopes,
    ownerUserId: snapshot.ownerUserId,
    rateLimits: snapshot.rateLimits,
    label: snapshot.name,
    request,
  };
}
