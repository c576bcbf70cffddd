import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VERSION_STATES } from '@/lib/access/api-keys/contract';
import { decideKey, type KeySnapshot, networksOf } from './key-decision';

const NOW_MS = 1_800_000_000_000;

function snapshot(changes: Partial<KeySnapshot> = {}): KeySnapshot {
  return {
    tenantId: 't',
    keyId: 'k',
    versionId: 'v',
    versionNumber: 1,
    publicId: 'p',
    digest: 'd',
    pepperId: 'p1',
    state: 'current',
    graceUntilMs: null,
    revokedReason: null,
    name: 'n',
    environment: 'live',
    ownerUserId: null,
    scopes: ['keys:read'],
    allowedNetworks: null,
    rateLimits: [],
    expiresAtMs: null,
    isDisabled: false,
    isRevoked: false,
    ...changes,
  };
}

const codeOf = (key: KeySnapshot, question: { nowMs?: number; ip?: string; scopes?: string[] } = {}) =>
  decideKey(key, { nowMs: NOW_MS, ...question }).code;

describe('decideKey', () => {
  it.each([
    [{ state: 'current' }, 'VALID'],
    [{ state: 'pending' }, 'VALID'],
    [{ state: 'grace', graceUntilMs: NOW_MS + 1 }, 'VALID'],
    [{ state: 'grace', graceUntilMs: NOW_MS }, 'ROTATED_OUT'],
    [{ state: 'retired' }, 'ROTATED_OUT'],
    [{ state: 'revoked' }, 'REVOKED'],
    [{ isRevoked: true }, 'REVOKED'],
    [{ isDisabled: true }, 'DISABLED'],
    [{ expiresAtMs: NOW_MS }, 'EXPIRED'],
    [{ expiresAtMs: NOW_MS + 1 }, 'VALID'],
    [{ state: 'grace', graceUntilMs: NOW_MS + 99, expiresAtMs: NOW_MS }, 'EXPIRED'],
  ] as const)('%j is %s', (changes, code) => {
    expect(codeOf(snapshot(changes))).toBe(code);
  });

  it('lets the first failing check win', () => {
    const all = snapshot({
      isRevoked: true,
      isDisabled: true,
      expiresAtMs: NOW_MS,
      allowedNetworks: networksOf(['10.0.0.0/8']),
    });
    expect(codeOf(all, { scopes: ['audit:read'] })).toBe('REVOKED');
    expect(codeOf({ ...all, isRevoked: false }, { scopes: ['audit:read'] })).toBe('DISABLED');
    expect(codeOf({ ...all, isRevoked: false, isDisabled: false })).toBe('EXPIRED');
  });

  it('matches networks, also for IPv4 addresses written as IPv6', () => {
    const key = snapshot({ allowedNetworks: networksOf(['10.0.0.0/8', '2001:db8::/32']) });
    expect(codeOf(key, { ip: '10.1.2.3' })).toBe('VALID');
    expect(codeOf(key, { ip: '::ffff:10.1.2.3' })).toBe('VALID');
    expect(codeOf(key, { ip: '2001:db8::1' })).toBe('VALID');
    expect(codeOf(key, { ip: '11.0.0.1' })).toBe('IP_NOT_ALLOWED');
    expect(codeOf(key, { ip: 'not an address' })).toBe('IP_NOT_ALLOWED');
    expect(codeOf(key)).toBe('IP_NOT_ALLOWED');
  });

  it('holds exactly for the span it names: any moment inside gives the same code, the moment after another', () => {
    const deadline = fc.option(fc.integer({ min: 1, max: 1000 }), { nil: null });
    const key = fc.record({
      state: fc.constantFrom(...VERSION_STATES),
      graceUntilMs: deadline,
      expiresAtMs: deadline,
      isDisabled: fc.boolean(),
    });
    fc.assert(
      fc.property(
        key,
        fc.integer({ min: 0, max: 1100 }),
        fc.integer({ min: 0, max: 1100 }),
        (changes, nowMs, otherMs) => {
          const subject = snapshot(changes);
          const decision = decideKey(subject, { nowMs });
          expect(nowMs >= decision.notBeforeMs && nowMs < decision.notAfterMs).toBe(true);
          if (otherMs >= decision.notBeforeMs && otherMs < decision.notAfterMs) {
            expect(decideKey(subject, { nowMs: otherMs }).code).toBe(decision.code);
          }
          if (decision.notAfterMs <= 1100) {
            expect(decideKey(subject, { nowMs: decision.notAfterMs }).code).not.toBe(decision.code);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
