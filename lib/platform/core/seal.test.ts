import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seal, unseal } from './seal';

const first = { id: 'e1', value: 'q8Jx2VbN5kLr7TzW1cYd4FhGm9PsQe6u' };
const second = { id: 'e2', value: 'V7nQ2rXc9LmT4pZs6WyB8dKf1GhJ3aEu' };
const keys = { encryptionKey: first, encryptionKeysRetired: [] };

describe('a sealed text', () => {
  it('opens to what it was, and never looks the same twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 64 }), (text) => {
        const sealed = seal(text.toWellFormed(), 'a', keys);
        expect(unseal(sealed, 'a', keys)).toBe(text.toWellFormed());
        expect(seal(text.toWellFormed(), 'a', keys)).not.toBe(sealed);
      }),
    );
  });

  it('opens only at its place, unchanged and under its key', () => {
    const sealed = seal('hook', 'channel:1', keys);
    expect(() => unseal(sealed, 'channel:2', keys)).toThrow();
    const flipped = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
    expect(() => unseal(flipped, 'channel:1', keys)).toThrow();
    expect(() =>
      unseal(sealed, 'channel:1', { encryptionKey: { ...second, id: 'e1' }, encryptionKeysRetired: [] }),
    ).toThrow();
    expect(() => unseal('hook', 'channel:1', keys)).toThrow('not configured');
    expect(() => unseal('v1.e1.AAAA', 'channel:1', keys)).toThrow('damaged');
  });

  it('opens under a retired key, and says which key is missing', () => {
    const sealed = seal('hook', 'a', keys);
    expect(unseal(sealed, 'a', { encryptionKey: second, encryptionKeysRetired: [first] })).toBe('hook');
    expect(() => unseal(sealed, 'a', { encryptionKey: second, encryptionKeysRetired: [] })).toThrow('"e1"');
  });

  it('is refused without a key', () => {
    expect(() => seal('hook', 'a', { encryptionKey: undefined, encryptionKeysRetired: [] })).toThrow(
      'ENCRYPTION_KEY',
    );
  });
});
