import { describe, expect, it } from 'vitest';
import { at, NOW_MS, testKey, testVersion } from '@/components/access/api-keys/secret/test-key';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { isRotationOpen, nextStep, retireVerdict, rotateRefusal, rotationOf } from './rotation-state';

const waiting = testKey({
  versions: [
    testVersion({ number: 2, state: 'pending', activatedAt: null, predecessorGraceSeconds: 86_400 }),
    testVersion({ number: 1, lastUsedAt: at(-3 * MINUTE_MS), lastUsedIp: '10.0.0.5' }),
  ],
});
const running = testKey({
  expiresAt: at(30 * DAY_MS),
  versions: [
    testVersion({ number: 2, activatedAt: at(-2 * HOUR_MS), lastUsedAt: at(-MINUTE_MS) }),
    testVersion({
      number: 1,
      state: 'grace',
      graceUntil: at(22 * HOUR_MS),
      endsAt: at(22 * HOUR_MS),
      lastUsedAt: at(-3 * HOUR_MS),
      lastUsedIp: '10.0.0.5',
    }),
  ],
});

function rotation(key: ReturnType<typeof testKey>) {
  const found = rotationOf(key);
  if (!found) throw new Error('the key has no open rotation');
  return found;
}

describe('rotationOf', () => {
  it('pairs the current secret with the pending one, and the grace one with the current', () => {
    expect(rotation(waiting)).toMatchObject({ phase: 'waiting', old: { number: 1 }, next: { number: 2 } });
    expect(rotation(running)).toMatchObject({ phase: 'grace', old: { number: 1 }, next: { number: 2 } });
  });

  it('keeps a third secret apart', () => {
    const key = testKey({
      versions: [
        testVersion({ number: 3, state: 'pending', predecessorGraceSeconds: 3600 }),
        testVersion({ number: 2 }),
        testVersion({ number: 1, state: 'grace' }),
      ],
    });
    expect(rotation(key)).toMatchObject({ old: { number: 2 }, next: { number: 3 }, older: { number: 1 } });
    expect(nextStep(key, rotation(key))).toContain('version 1 is retired at once');
  });

  it('finds none with one secret, and ended secrets do not count', () => {
    expect(rotationOf(testKey())).toBeNull();
    const ended = testKey({ versions: [testVersion({ number: 2 }), testVersion({ state: 'retired' })] });
    expect(rotationOf(ended)).toBeNull();
    expect(isRotationOpen(ended)).toBe(false);
    expect(isRotationOpen(waiting)).toBe(true);
  });
});

describe('nextStep', () => {
  it('says what the first use starts', () => {
    expect(nextStep(waiting, rotation(waiting))).toBe(
      'The first request with version 2 starts the clock: version 1 is then accepted for 24 hours more.',
    );
  });

  it('says that without grace the old secret is refused from that request on', () => {
    const key = testKey({
      versions: [testVersion({ number: 2, state: 'pending' }), testVersion({ number: 1 })],
    });
    expect(nextStep(key, rotation(key))).toContain('version 1 is refused from that request on');
  });

  it('says when the key ends before the grace does', () => {
    expect(nextStep(running, rotation(running))).toContain('when the clock reaches zero');
    const end = at(HOUR_MS);
    const [next, old] = running.versions;
    if (!next || !old) throw new Error('two versions were expected');
    const key = { ...running, expiresAt: end, versions: [next, { ...old, endsAt: end }] };
    expect(nextStep(key, rotation(key))).toContain('refused when the key expires');
  });
});

describe('retireVerdict', () => {
  it('is never safe while the new secret was not used', () => {
    const verdict = retireVerdict(waiting, rotation(waiting), NOW_MS);
    expect(verdict).toMatchObject({ safe: false, title: 'Not safe to retire version 1 yet' });
    expect(verdict.facts).toEqual(['Version 1 was last used 3 minutes ago from 10.0.0.5.']);
  });

  it('is safe once the old secret has rested since the new one came into use', () => {
    expect(retireVerdict(running, rotation(running), NOW_MS)).toMatchObject({
      safe: true,
      title: 'Safe to retire version 1',
    });
  });

  it('is not safe while something still uses the old secret', () => {
    const [next, old] = running.versions;
    if (!next || !old) throw new Error('two versions were expected');
    const key = { ...running, versions: [next, { ...old, lastUsedAt: at(-MINUTE_MS / 2) }] };
    const verdict = retireVerdict(key, rotation(key), NOW_MS);
    expect(verdict.safe).toBe(false);
    expect(verdict.facts[0]).toBe('Version 1 was last used less than a minute ago from 10.0.0.5.');
  });
});

describe('rotateRefusal', () => {
  it('refuses revoked and expired keys with what to do, at the very instant', () => {
    expect(rotateRefusal(testKey(), NOW_MS)).toBeNull();
    expect(rotateRefusal(testKey({ revokedAt: at(-1) }), NOW_MS)).toContain('Create a new one');
    expect(rotateRefusal(testKey({ expiresAt: at(0) }), NOW_MS)).toContain('Set a later expiry');
    expect(rotateRefusal(testKey({ expiresAt: at(1) }), NOW_MS)).toBeNull();
  });
});
