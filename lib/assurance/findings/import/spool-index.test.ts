import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, SpoolIndex } from './spool-index';

const digestOf = (n: number) => createHash('sha256').update(String(n)).digest('hex');
const entries = fc.array(
  fc.record({
    // Few keys, so that some repeat; half of them differ only in their last byte.
    key: fc.nat(8).map((n) => (n % 2 ? digestOf(n) : `${digestOf(0).slice(0, -2)}0${n}`)),
    otherKeys: fc.option(fc.array(fc.nat(3).map(digestOf), { minLength: 1, maxLength: 2 })),
    digest: fc.nat(4).map((n) => digestOf(n).slice(0, 24)),
    line: fc.oneof(fc.constantFrom(null, undefined), fc.integer({ min: 1, max: 2_000_000_000 })),
    offset: fc.nat(2 ** 48),
    length: fc.nat(2 ** 31),
  }),
  { maxLength: 3_000, size: 'max' },
);

describe('the index of a spool', () => {
  it('gives back what was added, by key and digest, and where the next key begins', () => {
    fc.assert(
      fc.property(entries, (added) => {
        const index = new SpoolIndex();
        for (const entry of added) index.add(entry);
        index.sort();
        const given = Array.from({ length: index.length }, (_, place) => index.at(place));
        const text = (list: readonly Entry[]) => list.map((entry) => JSON.stringify(entry)).sort();
        expect(text(given)).toEqual(text(added));
        const order = given.map(({ key, digest }) => key + digest);
        expect(order).toEqual(order.toSorted());
        for (const [place, { key }] of given.entries()) {
          const end = given.findIndex((other, i) => i > place && other.key !== key);
          if (place < 50) expect(index.endOfKey(place)).toBe(end < 0 ? given.length : end);
        }
      }),
      { numRuns: 30 },
    );
  });
});
