import { describe, expect, it } from 'vitest';
import { type Actor, PERMISSION_NAMES } from '@/lib/platform/auth/contract';
import { DAY_MS, HOUR_MS } from '@/lib/platform/core/clock';
import {
  effectiveState,
  endsAtMs,
  grantableScopes,
  keyStatus,
  type StatusFacts,
  safeToRetire,
} from './rules';

const NOW_MS = Date.UTC(2026, 5, 1, 12);
const current = { state: 'current' as const, graceUntilMs: null };
const calm: StatusFacts = {
  expiresAtMs: NOW_MS + 60 * DAY_MS,
  disabledAtMs: null,
  revokedAtMs: null,
  revokedReason: null,
  versions: [current],
  allowed24h: 0,
  refused24h: 0,
};

describe('keyStatus', () => {
  const pending = { state: 'pending' as const, graceUntilMs: null };
  const grace = { state: 'grace' as const, graceUntilMs: NOW_MS + HOUR_MS };
  it.each([
    ['operational', {}],
    ['operational', { expiresAtMs: null }],
    ['elevated_rejections', { allowed24h: 180, refused24h: 20 }],
    ['operational', { allowed24h: 181, refused24h: 20 }],
    ['operational', { allowed24h: 0, refused24h: 19 }],
    ['in_grace', { versions: [current, grace], refused24h: 100 }],
    ['operational', { versions: [current, { ...grace, graceUntilMs: NOW_MS }] }],
    ['pending_pickup', { versions: [pending, current, grace] }],
    ['expires_soon', { expiresAtMs: NOW_MS + 7 * DAY_MS - 1 }],
    ['operational', { expiresAtMs: NOW_MS + 7 * DAY_MS }],
    [
      'operational',
      {
        expiresAtMs: NOW_MS + 2 * DAY_MS,
        versions: [current, { state: 'retired' as const, graceUntilMs: null }],
      },
    ],
    ['expires_soon', { expiresAtMs: NOW_MS + DAY_MS - 1, versions: [current, pending] }],
    ['disabled', { disabledAtMs: NOW_MS, expiresAtMs: NOW_MS + 1 }],
    ['expired', { expiresAtMs: NOW_MS, disabledAtMs: NOW_MS }],
    ['revoked', { revokedAtMs: NOW_MS, expiresAtMs: NOW_MS }],
    ['revoked', { versions: [{ state: 'revoked' as const, graceUntilMs: null }] }],
  ])('is %s for %j', (status, facts) => {
    expect(keyStatus({ ...calm, ...facts }, NOW_MS)).toBe(status);
  });
});

describe('a version in grace', () => {
  const grace = { state: 'grace' as const, graceUntilMs: NOW_MS + 7 * DAY_MS };
  it('ends at the earlier of its grace and the expiry of the key', () => {
    expect(endsAtMs({ expiresAtMs: NOW_MS + DAY_MS }, grace)).toBe(NOW_MS + DAY_MS);
    expect(endsAtMs({ expiresAtMs: null }, grace)).toBe(grace.graceUntilMs);
    expect(endsAtMs({ expiresAtMs: NOW_MS }, { ...grace, state: 'retired' })).toBeNull();
  });

  it('is retired from the deadline on, not a millisecond earlier', () => {
    const key = { expiresAtMs: null, revokedAtMs: null };
    expect(effectiveState(key, grace, grace.graceUntilMs - 1)).toBe('grace');
    expect(effectiveState(key, grace, grace.graceUntilMs)).toBe('retired');
  });
});

describe('safeToRetire', () => {
  const at = (agoMs: number) => new Date(NOW_MS - agoMs).toISOString();
  const pair = (oldUsed: string | null, firstUse: string | null) => ({
    versions: [
      { state: 'current' as const, activatedAt: firstUse, lastUsedAt: firstUse },
      { state: 'grace' as const, activatedAt: at(90 * DAY_MS), lastUsedAt: oldUsed },
    ],
  });
  it.each([
    [false, pair(at(30 * 60_000), at(40 * 60_000)), /old secret is still in use/],
    [false, pair(at(30 * 60_000), at(20 * 60_000)), /less than an hour/],
    [true, pair(at(3 * HOUR_MS), at(2 * HOUR_MS)), /not been used since/],
    [true, pair(at(DAY_MS), at(3 * DAY_MS)), /not been used for 24 hours/],
    [true, pair(null, at(60_000)), /never used/],
    [false, pair(at(2 * DAY_MS), null), /new secret has not been used/],
    [false, { versions: [] }, /No old secret is in its grace period/],
  ])('is %s for %j', (safe, key, reason) => {
    const verdict = safeToRetire(key, NOW_MS);
    expect(verdict.safe).toBe(safe);
    expect(verdict.reasons[0]).toMatch(reason);
  });
});

describe('grantableScopes', () => {
  const request = { requestId: 'r', ip: null, userAgent: null, method: null, host: null, path: null };
  const base = { tenantId: 't', label: 'x', request };
  const user = (role: 'operator' | 'analyst'): Actor => ({
    ...base,
    type: 'user',
    userId: 'u',
    sessionId: 's',
    role,
  });

  it('gives an operator everything, gate:verify included', () => {
    expect(grantableScopes(user('operator'))).toEqual(PERMISSION_NAMES);
  });
  it('gives nobody more than they may do', () => {
    expect(grantableScopes(user('analyst'))).not.toContain('gate:verify');
    expect(grantableScopes(user('analyst'))).not.toContain('keys:write');
    const key: Actor = {
      ...base,
      type: 'key',
      keyId: 'k',
      versionId: 'v',
      scopes: ['keys:write', 'audit:read'],
    };
    expect(grantableScopes(key)).toEqual(['keys:write', 'audit:read']);
  });
});
