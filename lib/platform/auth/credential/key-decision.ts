import type { KeyEnvironment, VerifyCode, VersionState } from '@/lib/access/api-keys/contract';
import { NetworkSet } from '@/lib/platform/core/address';

/** One version of a key with all that deciding on it needs; times in Unix milliseconds. */
export interface KeySnapshot {
  tenantId: string;
  keyId: string;
  versionId: string;
  versionNumber: number;
  publicId: string;
  digest: string;
  pepperId: string;
  state: VersionState;
  graceUntilMs: number | null;
  revokedReason: string | null;
  name: string;
  environment: KeyEnvironment;
  ownerUserId: string | null;
  scopes: readonly string[];
  allowedNetworks: NetworkSet | null;
  rateLimits: readonly { limit: number; windowSeconds: number }[];
  expiresAtMs: number | null;
  isDisabled: boolean;
  isRevoked: boolean;
}

/** The allowed networks as one matcher; null means any address. */
export function networksOf(cidrs: readonly string[]): NetworkSet | null {
  return cidrs.length === 0 ? null : new NetworkSet(cidrs);
}

export interface KeyQuestion {
  /** The database's clock, in Unix milliseconds. */
  nowMs: number;
  ip?: string | null;
  scopes?: readonly string[];
}

/**
 * The answer, and the span of database time in which it holds: `notBeforeMs <= now < notAfterMs`.
 * Outside of it a deadline has passed, or has not yet, and the question must be asked again.
 */
export interface KeyDecision {
  code: VerifyCode;
  notBeforeMs: number;
  notAfterMs: number;
}

const FOREVER_MS = Number.MAX_SAFE_INTEGER;

function always(code: VerifyCode): KeyDecision {
  return { code, notBeforeMs: 0, notAfterMs: FOREVER_MS };
}

/**
 * Decides on a known key whose secret was proven; the first failing check wins (reference/api-keys.md 2).
 * A version in grace ends at the earlier of its grace and the key's expiry; `now >= deadline` refuses.
 */
export function decideKey(key: KeySnapshot, question: KeyQuestion): KeyDecision {
  if (key.isRevoked || key.state === 'revoked') return always('REVOKED');
  if (key.state === 'retired') return always('ROTATED_OUT');
  const graceEndsMs = key.state === 'grace' ? (key.graceUntilMs ?? 0) : FOREVER_MS;
  if (question.nowMs >= graceEndsMs)
    return { code: 'ROTATED_OUT', notBeforeMs: graceEndsMs, notAfterMs: FOREVER_MS };
  if (key.isDisabled) return { code: 'DISABLED', notBeforeMs: 0, notAfterMs: graceEndsMs };
  const expiresMs = key.expiresAtMs ?? FOREVER_MS;
  if (question.nowMs >= expiresMs)
    return { code: 'EXPIRED', notBeforeMs: expiresMs, notAfterMs: graceEndsMs };
  const notAfterMs = Math.min(graceEndsMs, expiresMs);
  if (key.allowedNetworks && !key.allowedNetworks.has(question.ip ?? '')) {
    return { code: 'IP_NOT_ALLOWED', notBeforeMs: 0, notAfterMs };
  }
  if (question.scopes?.some((scope) => !key.scopes.includes(scope))) {
    return { code: 'INSUFFICIENT_SCOPE', notBeforeMs: 0, notAfterMs };
  }
  return { code: 'VALID', notBeforeMs: 0, notAfterMs };
}
