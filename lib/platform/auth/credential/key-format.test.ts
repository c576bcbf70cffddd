import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestKey, digestsEqual, generateKey, KEY_LENGTH, parseKey } from './key-format';

describe('key format', () => {
  it('makes keys of one width that parse back to their id and environment', () => {
    for (const environment of ['live', 'test'] as const) {
      const made = generateKey(environment);
      expect(made.key).toHaveLength(KEY_LENGTH);
      expect(made.key).toMatch(/^[A-Za-z0-9_]+$/);
      expect(parseKey(made.key)).toEqual({ environment, publicId: made.publicId });
      expect(made.key.endsWith(made.last4)).toBe(true);
    }
  });

  it('refuses every single-character change', () => {
    const { key } = generateKey('live');
    fc.assert(
      fc.property(fc.nat(KEY_LENGTH - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        fc.pre(key[at] !== character);
        expect(parseKey(key.slice(0, at) + character + key.slice(at + 1))).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses other lengths and any string that is not a key', () => {
    fc.assert(fc.property(fc.string(), (text) => parseKey(text) === null));
    const { key } = generateKey('test');
    expect(parseKey(`${key}x`)).toBeNull();
    expect(parseKey(key.slice(1))).toBeNull();
    expect(parseKey(` ${key}`)).toBeNull();
  });

  it('draws every character of the alphabet about equally often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 2000; i++) {
      for (const c of generateKey('live').key.slice(9, 57)) counts.set(c, (counts.get(c) ?? 0) + 1);
    }
    const expected = (2000 * 48) / 62;
    expect(counts.size).toBe(62);
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(120);
  });

  it('digests under a pepper: another pepper or another key gives another digest', () => {
    const { key } = generateKey('live');
    const digest = digestKey(key, 'pepper-one');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(digestsEqual(digest, digestKey(key, 'pepper-one'))).toBe(true);
    expect(digestsEqual(digest, digestKey(key, 'pepper-two'))).toBe(false);
    expect(digestsEqual(digest, digest.slice(1))).toBe(false);
  });
});
