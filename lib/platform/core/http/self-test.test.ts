import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSelfTest, signSelfTest } from './self-test';

const PEPPER = 'V7nQ2rXc9LmT4pZs6WyB8dKf1GhJ3aEu';
const NOW = Date.parse('2026-12-01T12:00:00Z');
const HOST = 'api.example.org';

describe('the mark of a self-test', () => {
  it('holds for its host, with or without a port and in any case, and for two minutes', () => {
    const mark = signSelfTest(PEPPER, 'API.example.org:8443', NOW);
    expect(isSelfTest(mark, HOST, ['another', PEPPER], NOW)).toBe(true);
    expect(isSelfTest(mark, 'Api.Example.org:443', [PEPPER], NOW + 120_000)).toBe(true);
    expect(isSelfTest(mark, HOST, [PEPPER], NOW - 120_000)).toBe(true);
  });

  it('holds for nothing else', () => {
    const mark = signSelfTest(PEPPER, HOST, NOW);
    expect(isSelfTest(mark, 'other.example.org', [PEPPER], NOW)).toBe(false);
    expect(isSelfTest(mark, undefined, [PEPPER], NOW)).toBe(false);
    expect(isSelfTest(mark, 'no host', [PEPPER], NOW)).toBe(false);
    expect(isSelfTest(mark, HOST, ['another'], NOW)).toBe(false);
    expect(isSelfTest(mark, HOST, [], NOW)).toBe(false);
    expect(isSelfTest(mark, HOST, [PEPPER], NOW + 120_001)).toBe(false);
    expect(isSelfTest(mark, HOST, [PEPPER], NOW - 120_001)).toBe(false);
    expect(isSelfTest(undefined, HOST, [PEPPER], NOW)).toBe(false);
    // Not the pepper itself, and not a mark for a host that could not be read.
    expect(isSelfTest(signSelfTest(PEPPER, 'no host', NOW), '', [PEPPER], NOW)).toBe(false);
  });

  it('cannot be altered or guessed', () => {
    const mark = signSelfTest(PEPPER, HOST, NOW);
    fc.assert(
      fc.property(fc.nat(mark.length - 1), fc.constantFrom(...'0123456789abcXYZ-_.'), (at, letter) => {
        const altered = mark.slice(0, at) + letter + mark.slice(at + 1);
        const isSame = Buffer.from(altered.slice(14), 'base64url').equals(
          Buffer.from(mark.slice(14), 'base64url'),
        );
        expect(isSelfTest(altered, HOST, [PEPPER], NOW)).toBe(
          altered.slice(0, 14) === mark.slice(0, 14) && isSame,
        );
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => !isSelfTest(text, HOST, [PEPPER], NOW)));
  });
});
