import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoOfMicroseconds, microsecondsOf } from '@/lib/platform/audit/sealable-rows';
import { decodePlaces, encodePlaces } from './places';
import { endedSince, isVisible, parseSnapshot, TransactionTimes, wentBack } from './snapshots';

describe('places of leaves', () => {
  it('are read back as they were written, however far apart', () => {
    const gaps = fc.oneof(
      fc.nat(200),
      fc.nat(2 ** 31 - 1),
      fc.maxSafeNat().map((n) => n % 10 ** 15),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(gaps, fc.nat(2 ** 32 - 1)), { minLength: 1, maxLength: 50 }), (items) => {
        let time = -(10 ** 14);
        const times = Float64Array.from(items, ([gap]) => {
          time += gap % 10 ** 12;
          return time;
        });
        const tags = Uint32Array.from(items, ([, tag]) => tag);
        const first = times[0] ?? 0;
        const bytes = encodePlaces({ times, tags }, first);
        expect(decodePlaces(bytes, first, items.length)).toEqual({ times, tags });
      }),
    );
  });

  it('take about eight bytes each, and refuse disorder and leftovers', () => {
    const times = Float64Array.from({ length: 1000 }, (_, i) => i * 1500);
    const bytes = encodePlaces({ times, tags: new Uint32Array(1000) }, 0);
    expect(bytes.length).toBeLessThan(6200);
    expect(() => encodePlaces({ times: Float64Array.of(5, 4), tags: new Uint32Array(2) }, 5)).toThrow(
      RangeError,
    );
    expect(() => decodePlaces(bytes, 0, 999)).toThrow(RangeError);
    expect(() => decodePlaces(bytes, 0, 1001)).toThrow(RangeError);
  });
});

describe('times of events', () => {
  it('keep their microseconds from text to number and back', () => {
    expect(isoOfMicroseconds(0)).toBe('2000-01-01T00:00:00.000000Z');
    expect(isoOfMicroseconds(-1)).toBe('1999-12-31T23:59:59.999999Z');
    fc.assert(
      fc.property(
        fc.integer({ min: -(10 ** 14), max: 8 * 10 ** 15 }),
        (us) => microsecondsOf(isoOfMicroseconds(us)) === us,
      ),
    );
    expect(isoOfMicroseconds(2 ** 63)).toBe('infinity');
  });
});

describe('snapshots', () => {
  const snapshot = (text: string) => parseSnapshot(text);

  it('tell what they show, and what has ended since', () => {
    const older = snapshot('10:20:10,15');
    expect([9n, 10n, 11n, 15n, 19n, 20n].map((xid) => isVisible(xid, older))).toEqual([
      ...[true, false, true, false, true, false],
    ]);
    expect(endedSince(older, snapshot('15:30:15,25'))).toEqual([10n]);
    expect(endedSince(older, snapshot('31:31:'))).toEqual([10n, 15n]);
    expect(wentBack(older, snapshot('12:12:'))).toBe(true);
    expect(() => parseSnapshot('20')).toThrow();
  });

  it('bound when a transaction can have begun', () => {
    const times = new TransactionTimes();
    expect(times.begunAfter([12n])).toBeNull();
    times.saw(snapshot('10:10:'), 1000);
    times.saw(snapshot('14:14:'), 2000);
    times.saw(snapshot('20:20:'), 3000);
    expect(times.begunAfter([12n])).toBe(1000);
    expect(times.begunAfter([14n, 19n])).toBe(2000);
    expect(times.begunAfter([25n, 12n])).toBe(1000);
    expect(times.begunAfter([9n])).toBeNull();
    times.saw(snapshot('5:5:'), 4000);
    expect(times.begunAfter([12n])).toBe(4000);
  });

  it('are kept for long transactions without end', () => {
    const times = new TransactionTimes();
    for (let n = 0; n < 20_000; n++) times.saw({ xmax: BigInt(n * 2), open: [] }, n);
    const begun = times.begunAfter([101n]) ?? -1;
    expect(begun).toBeLessThanOrEqual(50);
    expect(times.begunAfter([39_990n])).toBe(19_995);
  });
});
