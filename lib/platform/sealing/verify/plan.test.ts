import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchHeader, planSlices, SLICE_LEAVES } from './plan';

const batch = (firstIndex: number, leaves: number, firstTime: number, lastTime: number): BatchHeader => ({
  ...{ incarnation: 1, firstIndex, leaves, firstTime, lastTime },
});

describe('the plan of a verification', () => {
  it('gives every gap in time to a slice', () => {
    const { slices, tailFrom } = planSlices([batch(0, 10, 100, 200), batch(10, 10, 300, 400)]);
    expect(slices).toEqual([
      { incarnation: 1, begin: 0, end: 20, spans: [{ from: Number.NEGATIVE_INFINITY, to: 400 }], listed: [] },
    ]);
    expect(tailFrom).toBe(401);
  });

  it('reads few late leaves by their times, not with all that lies around them', () => {
    const { slices } = planSlices([batch(0, 70_000, 0, 1_000_000), batch(70_000, 3, 5, 500_000)]);
    expect(slices.map(({ begin, end, listed }) => ({ begin, end, listed }))).toEqual([
      { begin: 0, end: SLICE_LEAVES, listed: [] },
      { begin: SLICE_LEAVES, end: 70_003, listed: [70_000] },
    ]);
  });

  it('covers all leaves and all time, whatever the batches', () => {
    const arbitrary = fc.array(fc.tuple(fc.integer({ min: 1, max: 90_000 }), fc.nat(1000), fc.nat(300)), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(arbitrary, (items) => {
        let next = 0;
        const batches = items.map(([leaves, first, length]) => {
          next += leaves;
          return batch(next - leaves, leaves, first, first + length);
        });
        const { slices, tailFrom } = planSlices(batches);
        let leaf = 0;
        for (const { begin, end } of slices) {
          expect(begin).toBe(leaf);
          expect(begin % SLICE_LEAVES).toBe(0);
          leaf = end;
        }
        expect(leaf).toBe(next);
        for (let time = -1; time < tailFrom; time++) {
          const isCovered = slices.some(({ spans }) =>
            spans.some(({ from, to }) => from <= time && time <= to),
          );
          expect(isCovered).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
