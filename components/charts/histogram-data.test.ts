import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeHistogram, type HistogramSeries, stackBar } from './histogram-data';

const series: HistogramSeries[] = [
  { key: 'ok', label: 'Allowed', tone: 'neutral' },
  { key: 'no', label: 'Refused', tone: 'danger' },
];
const bucket = (ok: number, no: number, at = 0) => ({ startMs: at, endMs: at + 1, counts: { ok, no } });

describe('histogram', () => {
  test('stacks from the bottom in the order of the series', () => {
    expect(stackBar(bucket(50, 25), series, 100)).toEqual([
      { key: 'ok', tone: 'neutral', y: 50, height: 50 },
      { key: 'no', tone: 'danger', y: 25, height: 25 },
    ]);
  });

  test('a single refusal among a million is visible, and nothing leaves the frame', () => {
    expect(stackBar(bucket(1_000_000, 1), series, 1_000_001).map(({ key }) => key)).toEqual(['ok', 'no']);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (ok, no, more) => {
        for (const part of stackBar(bucket(ok, no), series, ok + no + more)) {
          expect(part.y).toBeGreaterThanOrEqual(0);
          expect(part.height).toBeGreaterThan(0);
        }
      }),
    );
  });

  test('says totals and peak, and says when there is nothing', () => {
    const text = describeHistogram([bucket(1, 0, 0), bucket(1200, 3, 10)], series, (ms) => `t${ms}`);
    expect(text).toBe('1,201 allowed, 3 refused from t0 to t11. Peak at t10: 1,203.');
    expect(describeHistogram([], series, String)).toBe('No data in this range.');
  });
});
