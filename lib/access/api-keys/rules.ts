import { type Actor, KEY_ONLY_SCOPES, PERMISSION_NAMES, type Permission } from '@/lib/platform/auth/contract';
import { may } from '@/lib/platform/auth/rules';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import {
  type KeyDto,
  type KeyStatus,
  type RevokeReason,
  UNDO_REVOKE_MINUTES,
  type VersionState,
} from './contract';

/** A key that was never rotated is announced a week before it expires, another one a day before. */
const EXPIRES_SOON_MS = DAY_MS;
const EXPIRES_SOON_UNROTATED_MS = 7 * DAY_MS;
/** Refusals are elevated from this many in 24 hours, when they are also a tenth of all requests. */
export const REJECTIONS_MIN = 20;
export const REJECTIONS_SHARE = 0.1;
/** How long the old secret must rest after the new one's first use before it may go. */
const OBSERVE_MS = HOUR_MS;

/** What a key's own row says; times in Unix milliseconds. */
export interface KeyFacts {
  expiresAtMs: number | null;
  disabledAtMs: number | null;
  revokedAtMs: number | null;
  revokedReason: RevokeReason | null;
}

export interface VersionTimes {
  state: VersionState;
  graceUntilMs: number | null;
}

export function isLive(state: VersionState): boolean {
  return state === 'pending' || state === 'current' || state === 'grace';
}

/** When a live version stops being accepted at the latest: the earlier of its grace and the key's expiry. */
export function endsAtMs(key: Pick<KeyFacts, 'expiresAtMs'>, version: VersionTimes): number | null {
  if (!isLive(version.state)) return null;
  if (version.state !== 'grace' || version.graceUntilMs === null) return key.expiresAtMs;
  return key.expiresAtMs === null ? version.graceUntilMs : Math.min(version.graceUntilMs, key.expiresAtMs);
}

/** The state as the gate sees it: a grace that is over is retired before the worker has written it. */
export function effectiveState(
  key: Pick<KeyFacts, 'expiresAtMs' | 'revokedAtMs'>,
  version: VersionTimes,
  nowMs: number,
): VersionState {
  if (!isLive(version.state)) return version.state;
  if (key.revokedAtMs !== null) return 'revoked';
  const end = version.state === 'grace' ? endsAtMs(key, version) : null;
  return end !== null && nowMs >= end ? 'retired' : version.state;
}

export interface StatusFacts extends KeyFacts {
  versions: readonly VersionTimes[];
  allowed24h: number;
  refused24h: number;
}

export function hasElevatedRejections(allowed24h: number, refused24h: number): boolean {
  return refused24h >= REJECTIONS_MIN && refused24h >= (allowed24h + refused24h) * REJECTIONS_SHARE;
}

/** The derived status: the first of KEY_STATUSES that holds. A key without a live secret counts as revoked. */
export function keyStatus(key: StatusFacts, nowMs: number): KeyStatus {
  const states = key.versions.map((version) => effectiveState(key, version, nowMs));
  if (key.revokedAtMs !== null || !states.some(isLive)) return 'revoked';
  const leftMs = key.expiresAtMs === null ? Number.POSITIVE_INFINITY : key.expiresAtMs - nowMs;
  if (leftMs <= 0) return 'expired';
  if (key.disabledAtMs !== null) return 'disabled';
  if (leftMs < (key.versions.length > 1 ? EXPIRES_SOON_MS : EXPIRES_SOON_UNROTATED_MS)) return 'expires_soon';
  if (states.includes('pending')) return 'pending_pickup';
  if (states.includes('grace')) return 'in_grace';
  return hasElevatedRejections(key.allowed24h, key.refused24h) ? 'elevated_rejections' : 'operational';
}

/** Until when a revocation can be undone; `null` where it never can. */
export function undoRevokeUntilMs(revokedAtMs: number | null, reason: RevokeReason | null): number | null {
  if (revokedAtMs === null || reason === 'KEY_COMPROMISE') return null;
  return revokedAtMs + UNDO_REVOKE_MINUTES * MINUTE_MS;
}

export interface RetireVerdict {
  safe: boolean;
  /** Sentences for the operator, the deciding one first. */
  reasons: string[];
}

type RetireFacts = {
  versions: readonly Pick<KeyDto['versions'][number], 'state' | 'activatedAt' | 'lastUsedAt'>[];
};

/**
 * Whether the old secret can be retired without an outage: it rested for 24 hours, or at least for one hour since
 * the first use of the new one.
 */
export function safeToRetire(key: RetireFacts, nowMs: number): RetireVerdict {
  const old = key.versions.find((version) => version.state === 'grace');
  const successor = key.versions.find((version) => version.state === 'current');
  if (!old) return { safe: false, reasons: ['No old secret is in its grace period.'] };
  if (!successor?.lastUsedAt) return { safe: false, reasons: ['The new secret has not been used yet.'] };
  if (!old.lastUsedAt) return { safe: true, reasons: ['The old secret was never used.'] };
  const oldUsedMs = Date.parse(old.lastUsedAt);
  if (nowMs - oldUsedMs >= DAY_MS) {
    return { safe: true, reasons: ['The old secret has not been used for 24 hours.'] };
  }
  const firstUseMs = Date.parse(successor.activatedAt ?? successor.lastUsedAt);
  if (oldUsedMs > firstUseMs) {
    return {
      safe: false,
      reasons: ['The old secret is still in use: it was used after the new one was first used.'],
    };
  }
  if (nowMs - firstUseMs < OBSERVE_MS) {
    return {
      safe: false,
      reasons: [
        'The new secret has been in use for less than an hour. Some services may not have switched yet.',
      ],
    };
  }
  return { safe: true, reasons: ['The old secret has not been used since the first use of the new one.'] };
}

/**
 * The scopes that the actor may give a key: never more than it may do itself. The scopes for keys alone belong to no
 * role; people who may write keys may give them.
 */
export function grantableScopes(actor: Actor): Permission[] {
  const isPerson = actor.type !== 'key' && may(actor, 'keys:write');
  return PERMISSION_NAMES.filter(
    (scope) => may(actor, scope) || (isPerson && KEY_ONLY_SCOPES.includes(scope)),
  );
}
