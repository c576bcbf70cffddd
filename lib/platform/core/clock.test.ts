import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './clock';

describe('durations', () => {
  it.each([
    ['0', 0],
    ['90s', 90_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['90d', 7_776_000_000],
  ] as const)('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it('refuses what is not a duration', () => {
    for (const text of ['', '1', '-1h', '1.5h', '1 h', '1w', '9999999d', 'h'])
      expect(parseDuration(text)).toBeNull();
  });

  it('writes what it reads', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), fc.constantFrom('s', 'm', 'h', 'd'), (n, unit) => {
        const ms = parseDuration(`${n}${unit}`);
        expect(ms).not.toBeNull();
        expect(parseDuration(formatDuration(ms ?? -1))).toBe(ms);
      }),
    );
  });
});
