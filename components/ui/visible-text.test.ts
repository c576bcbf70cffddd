import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibleJson, visibleText } from './visible-text';

const UNSEEN = '\u0000\u001b\u007f\u0085\u061c\u200b\u200e\u200f\u2028\u202a\u202e\u2066\u2069\ufeff';
const hostile = fc.string({ unit: fc.constantFrom(...UNSEEN, 'a', '"', '\\', '\n', 'ü', '😀') });

describe('text from outside', () => {
  it('hides nothing', () => {
    expect(visibleText('\u202egnp.exe')).toBe('⟨U+202E⟩gnp.exe');
    expect(visibleText('\u001b[31mred')).toBe('␛[31mred');
    expect(visibleText('line\n\tnext é 😀')).toBe('line\n\tnext é 😀');
    fc.assert(
      fc.property(hostile, (text) => {
        for (const letter of UNSEEN) expect(visibleText(text)).not.toContain(letter);
      }),
    );
  });

  it('stays the same value as JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, hostile), (value) => {
        const shown = visibleJson(JSON.stringify(value));
        for (const letter of UNSEEN) expect(shown).not.toContain(letter);
        expect(JSON.parse(shown)).toEqual(value);
      }),
    );
  });
});
