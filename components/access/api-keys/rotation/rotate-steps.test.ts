import { describe, expect, it } from 'vitest';
import { at, NOW_MS, testKey, testVersion } from '@/components/access/api-keys/secret/test-key';
import { DAY_MS, HOUR_MS } from '@/lib/platform/core/clock';
import { graceEnd, rotateSteps } from './rotate-steps';

const iso = (date: Date) => date.toISOString();
const steps = (key: ReturnType<typeof testKey>, input: Parameters<typeof rotateSteps>[1]) =>
  rotateSteps(key, input, NOW_MS, iso);

describe('rotateSteps', () => {
  it('starts the clock at the first use', () => {
    expect(steps(testKey(), { grace: '24h', start: 'first_use' })).toEqual([
      { when: 'Now', what: 'Version 2 is created and works. Version 1 keeps working.' },
      { when: 'First use of version 2', what: 'The grace period of version 1 starts.' },
      { when: '24 hours after that', what: 'Version 1 stops working.' },
    ]);
  });

  it('starts the clock now, never past the end of the key', () => {
    const [, end] = steps(testKey(), { grace: '24h', start: 'now' });
    expect(end).toEqual({ when: at(DAY_MS), what: 'Version 1 stops working.' });
    const [, clipped] = steps(testKey({ expiresAt: at(HOUR_MS) }), { grace: '24h', start: 'now' });
    expect(clipped).toEqual({
      when: at(HOUR_MS),
      what: 'Version 1 stops working, together with the key, which expires then.',
    });
  });

  it('refuses the old secret at once without grace and on the leak path', () => {
    const refused = [{ when: 'Now', what: 'Version 2 is created and works. Version 1 stops working.' }];
    expect(steps(testKey(), { grace: '0', start: 'now' })).toEqual(refused);
    expect(steps(testKey(), { compromised: true })).toEqual(refused);
  });

  it('says which other secrets go', () => {
    const key = testKey({
      versions: [
        testVersion({ number: 3, state: 'pending' }),
        testVersion({ number: 2 }),
        testVersion({ number: 1, state: 'grace' }),
      ],
    });
    const [now, first] = steps(key, { grace: '1h', start: 'first_use' });
    expect(now?.what).toContain('Version 4 is created');
    expect(now?.what).toContain('Version 3, which was never used, is cancelled.');
    expect(first?.what).toContain('Version 1 is retired.');
    const [leak] = steps(key, { compromised: true });
    expect(leak?.what).toContain('Version 2 and version 1 stop working.');
  });
});

describe('graceEnd', () => {
  it('is the earlier of grace and expiry', () => {
    expect(iso(graceEnd({ expiresAt: null }, HOUR_MS, NOW_MS))).toBe(at(HOUR_MS));
    expect(iso(graceEnd({ expiresAt: at(60_000) }, HOUR_MS, NOW_MS))).toBe(at(60_000));
  });
});
