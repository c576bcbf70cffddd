import { describe, expect, test } from 'vitest';
import { formatCountdown, formatExact, formatRelative } from './time-format';

const at = new Date('2026-09-21T22:04:08.071Z');

describe('time', () => {
  test('is exact in the asked zone, with three-letter months and 24 hours', () => {
    expect(formatExact(at, 'UTC', 'millisecond')).toBe('21 Sep 2026, 22:04:08.071');
    expect(formatExact(at, 'Europe/Berlin')).toBe('22 Sep 2026, 00:04:08');
    expect(formatExact(at, 'UTC', 'minute')).toBe('21 Sep 2026, 22:04');
    expect(formatExact(at, 'UTC', 'day')).toBe('21 Sep 2026');
  });

  test.each([
    [-20_000, 'just now'],
    [20_000, 'in under a minute'],
    [-180_000, '3 minutes ago'],
    [7_300_000, 'in 2 hours'],
    [-3 * 86_400_000, '3 days ago'],
    [-800 * 86_400_000, '2 years ago'],
  ])('%d ms away is %s', (delta, text) => {
    expect(formatRelative(new Date(at.getTime() + delta), at.getTime())).toBe(text);
  });

  test('counts down to zero and no further', () => {
    expect(formatCountdown(3_661_999)).toBe('01:01:01');
    expect(formatCountdown(2 * 86_400_000 + 1000)).toBe('2 d 00:00:01');
    expect(formatCountdown(-5)).toBe('00:00:00');
  });
});
