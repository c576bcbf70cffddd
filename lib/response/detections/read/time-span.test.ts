import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentsOf, spanOf } from './time-span';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 11, 1, 12, 34, 56);
const back = fc.integer({ min: 1, max: 800 * DAY_MS });

describe('a range', () => {
  it('is covered by rows that neither overlap nor leave a gap, each whole in it', () => {
    fc.assert(
      fc.property(back, fc.option(back), fc.integer({ min: 0, max: 3_000 }), (fromAgo, toAgo, days) => {
        const nowMs = NOW + days * DAY_MS;
        fc.pre(toAgo === null || toAgo < fromAgo);
        const iso = (agoMs: number) => new Date(nowMs - agoMs).toISOString();
        const span = spanOf({ from: iso(fromAgo), ...(toAgo === null ? {} : { to: iso(toAgo) }) }, nowMs);
        expect(span.fromMs).toBeLessThanOrEqual(nowMs - fromAgo);
        if (toAgo !== null) expect(span.toMs).toBeGreaterThanOrEqual(nowMs - toAgo);
        const segments = segmentsOf(span, nowMs);
        expect(segments[0]?.fromMs).toBe(span.fromMs);
        for (const [n, { fromMs, toMs }] of segments.entries()) {
          expect(toMs).toBeGreaterThan(fromMs);
          expect(segments[n + 1]?.fromMs ?? toMs).toBe(toMs);
        }
        const end = segments.at(-1)?.toMs ?? 0;
        if (span.toMs === null) expect(end).toBeGreaterThan(nowMs);
        else expect(end).toBe(span.toMs);
      }),
      { numRuns: 500 },
    );
  });

  it('that is none is refused', () => {
    expect(() => spanOf({ from: 'now', to: 'now-1d' }, NOW)).toThrow(/before/);
    expect(() => spanOf({ from: 'yesterday' }, NOW)).toThrow(/not valid/);
  });
});
