import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDigest, type QuietPolicy, retryDelayMs, sendableAt } from './schedule';

const policy = (part: Partial<QuietPolicy> = {}): QuietPolicy => ({
  timeZone: 'Europe/Amsterdam',
  quietFrom: '22:00',
  quietTo: '07:00',
  digestAt: '08:00',
  ...part,
});
const at = (iso: string) => new Date(iso);

describe('quiet hours', () => {
  it.each([
    ['2026-11-22T20:59:00Z', '2026-11-22T20:59:00.000Z'],
    ['2026-11-22T21:00:00Z', '2026-11-23T06:00:00.000Z'],
    ['2026-11-23T05:59:59Z', '2026-11-23T06:00:00.000Z'],
    ['2026-11-23T06:00:00Z', '2026-11-23T06:00:00.000Z'],
    // The clocks change that night: 07:00 is an hour earlier by UTC in March, an hour later in October.
    ['2026-03-28T22:30:00Z', '2026-03-29T05:00:00.000Z'],
    ['2026-10-24T21:30:00Z', '2026-10-25T06:00:00.000Z'],
  ])('hold what comes at %s until %s', (now, end) => {
    expect(sendableAt(at(now), policy(), 'info').toISOString()).toBe(end);
  });

  it('of one day, none at all, and critical notices', () => {
    const noon = policy({ quietFrom: '12:00', quietTo: '13:30' });
    expect(sendableAt(at('2026-11-22T11:15:00Z'), noon, 'warning').toISOString()).toBe(
      '2026-11-22T12:30:00.000Z',
    );
    const now = at('2026-11-22T23:00:00Z');
    expect(sendableAt(now, policy({ quietFrom: null, quietTo: null }), 'info')).toBe(now);
    expect(sendableAt(now, policy(), 'critical')).toBe(now);
  });

  const clock = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Amsterdam',
    'America/New_York',
    'Asia/Kathmandu',
    'Pacific/Chatham',
    'Australia/Lord_Howe',
  );
  const time = fc.date({
    min: at('2026-01-01T00:00:00Z'),
    max: at('2027-12-31T00:00:00Z'),
    noInvalidDate: true,
  });

  it('end within a day, and what was held is sendable at their end', () => {
    fc.assert(
      fc.property(time, zone, clock, clock, (now, timeZone, quietFrom, quietTo) => {
        const given = policy({ timeZone, quietFrom, quietTo });
        const end = sendableAt(now, given, 'info');
        const heldMs = end.getTime() - now.getTime();
        expect(heldMs).toBeGreaterThanOrEqual(0);
        expect(heldMs).toBeLessThanOrEqual(25 * 3_600_000);
        expect(sendableAt(end, given, 'info')).toEqual(end);
      }),
    );
  });

  it('leave one daily summary for each day, always ahead', () => {
    fc.assert(
      fc.property(time, zone, clock, (now, timeZone, digestAt) => {
        const given = policy({ timeZone, digestAt });
        const first = nextDigest(now, given);
        const second = nextDigest(first.at, given);
        expect(first.at.getTime()).toBeGreaterThan(now.getTime());
        expect(first.at.getTime() - now.getTime()).toBeLessThanOrEqual(25.5 * 3_600_000);
        expect(second.on > first.on).toBe(true);
      }),
    );
  });
});

it('waits 10 s, 30 s, 90 s after failures, up to 12 hours, a fifth more or less', () => {
  expect([1, 2, 3].map((failures) => retryDelayMs(failures, 0.5))).toEqual([10_000, 30_000, 90_000]);
  expect(retryDelayMs(30, 0.5)).toBe(12 * 3_600_000);
  expect([retryDelayMs(1, 0), retryDelayMs(1, 1)]).toEqual([8_000, 12_000]);
});
