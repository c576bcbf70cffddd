import type { VerifyCode } from '@/lib/access/api-keys/contract';
import type { KeyDecision } from '@/lib/platform/auth/credential/key-decision';
import {
  displayPrefix,
  KEY_LENGTH,
  type ParsedKey,
  parseKey,
} from '@/lib/platform/auth/credential/key-format';
import type { CachedKey, KeyCache } from './key-cache';
import type { KeyProver } from './key-prover';

/** Attempts with keys that do not exist, by address. */
export interface FailedAttempts {
  /** Seconds the address has to wait; 0 where it may try. */
  waitSeconds(ip: string): number;
  /** Never rejects. */
  count(ip: string): Promise<void>;
}

export interface Decider {
  cache: KeyCache;
  prover: KeyProver;
  guard: FailedAttempts;
}

export interface Credential {
  code: VerifyCode;
  entry: CachedKey | null;
  label: string | null;
  retryAfterSeconds: number;
}

const PUBLIC_ID_START = 'blw_live_'.length;
const PUBLIC_ID_END = PUBLIC_ID_START + 16;
export const ALWAYS: KeyDecision = { code: 'VALID', notBeforeMs: 0, notAfterMs: Number.MAX_SAFE_INTEGER };

export function credential(code: VerifyCode, more: Partial<Credential> = {}): Credential {
  return { code, entry: null, label: null, retryAfterSeconds: 0, ...more };
}

function labelOf({ environment, publicId }: ParsedKey): string {
  return displayPrefix(environment, publicId);
}

/**
 * Names and proves a key. A secret proven before passes at once, also from an address that failed too often: it is
 * no guess. Anything else from such an address is refused before any look-up.
 * @param tenantId the only tenant whose keys may be found; null where any tenant's may
 * @param isFinal true where a key that memory lacks does not exist; false where it must be looked up: null
 */
export function identify(
  { cache, prover, guard }: Decider,
  key: string,
  ip: string,
  tenantId: string | null,
  isFinal: boolean,
): Credential | null {
  const proven = key.length === KEY_LENGTH ? cache.get(key.slice(PUBLIC_ID_START, PUBLIC_ID_END)) : undefined;
  if (proven && prover.isProven(proven, key) && (tenantId === null || proven.tenant.id === tenantId)) {
    return { code: 'VALID', entry: proven, label: null, retryAfterSeconds: 0 };
  }
  const retryAfterSeconds = guard.waitSeconds(ip);
  if (retryAfterSeconds > 0) return credential('RATE_LIMITED', { retryAfterSeconds });
  const parsed = parseKey(key);
  if (!parsed) return credential('MALFORMED');
  const label = labelOf(parsed);
  const entry = cache.get(parsed.publicId);
  if (!entry) return isFinal ? credential('NOT_FOUND', { label }) : null;
  const proof = prover.prove(entry, key);
  const isOwn = tenantId === null || entry.tenant.id === tenantId;
  if (isOwn && proof === 'proven') return credential('VALID', { entry });
  return credential(isOwn && proof === 'no_pepper' ? 'UNAVAILABLE' : 'NOT_FOUND', { label });
}
