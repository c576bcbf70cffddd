import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketsOf, parseTime, resolveRange } from './rules';

const NOW = Date.parse('2026-03-31T10:20:30.400Z');
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

describe('parseTime', () => {
  it.each([
    ['now', '2026-03-31T10:20:30.400Z'],
    ['now-90s', '2026-03-31T10:19:00.400Z'],
    ['now-15m', '2026-03-31T10:05:30.400Z'],
    ['now-24h', '2026-03-30T10:20:30.400Z'],
    ['now-1w', '2026-03-24T10:20:30.400Z'],
    ['now-1M', '2026-02-28T10:20:30.400Z'],
    ['now/h', '2026-03-31T10:00:00.000Z'],
    ['now/d', '2026-03-31T00:00:00.000Z'],
    ['now/w', '2026-03-30T00:00:00.000Z'],
    ['now-1M/M', '2026-02-01T00:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T08:00Z', '2026-03-01T08:00:00.000Z'],
    ['2026-03-01T08:00:00.123456+02:00', '2026-03-01T06:00:00.123Z'],
  ])('reads %s as the start of a range', (text, wanted) => {
    expect(iso(parseTime(text, NOW, 'from'))).toBe(wanted);
  });

  it.each([
    ['now/d', '2026-04-01T00:00:00.000Z'],
    ['now-1M/M', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01', '2026-03-02T00:00:00.000Z'],
  ])('reads %s as the end of a range', (text, wanted) => {
    expect(iso(parseTime(text, NOW, 'to'))).toBe(wanted);
  });

  it.each([
    '',
    'yesterday',
    'now+1h',
    'now-',
    'now-1y',
    '2026',
    '2026-13-01',
    '2026-03-01 08:00',
    '0000-01-01',
    '99999-01-01',
    'now-999999M',
    '1e9',
  ])('does not read %j', (text) => expect(parseTime(text, NOW, 'from')).toBeNull());
});

describe('resolveRange', () => {
  it('is the last 24 hours unless told otherwise, and a little more for clocks that run ahead', () => {
    expect(resolveRange({}, NOW)).toEqual({ fromMs: NOW - 86_400_000, toMs: NOW + 300_000 });
    expect(resolveRange({ to: '2026-03-31T10:00:00Z' }, NOW)).toMatchObject({
      toMs: Date.parse('2026-03-31T10:00:00Z'),
    });
  });

  it('spans 13 months and not a day more', () => {
    expect(resolveRange({ from: 'now-13M' }, NOW)).not.toHaveProperty('problem');
    expect(resolveRange({ from: '2025-02-27T00:00:00Z' }, NOW)).toHaveProperty('problem');
  });
});

describe('bucketsOf', () => {
  it('covers any range with at most 60 bars of one width, without a gap', () => {
    const year = 396 * 86_400_000;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: year }), fc.integer({ min: 0, max: 4e12 }), (spanMs, fromMs) => {
        const { bucketMs, startsMs } = bucketsOf({ fromMs, toMs: fromMs + spanMs });
        expect(startsMs.length).toBeLessThanOrEqual(60);
        expect(startsMs[0]).toBeLessThanOrEqual(fromMs);
        expect(startsMs[0]).toBeGreaterThan(fromMs - bucketMs);
        expect((startsMs.at(-1) ?? 0) + bucketMs).toBeGreaterThanOrEqual(fromMs + spanMs);
        expect(startsMs.every((start, i) => start === (startsMs[0] ?? 0) + i * bucketMs)).toBe(true);
      }),
    );
  });
});
