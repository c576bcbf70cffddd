import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from './csv';

describe('csvLine', () => {
  it.each([
    ['=1+1', "'=1+1"],
    [' @SUM(A1)', "' @SUM(A1)"],
    ['-2+3', "'-2+3"],
    ['＝1', "'＝1"],
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['one\ntwo', 'one\ufffdtwo'],
    ['a\u202eb', 'a\ufffdb'],
    [-5, '-5'],
    [null, ''],
    [true, 'true'],
  ])('writes %j as %j', (value, expected) => {
    expect(csvLine([value])).toBe(`${expected}\r\n`);
  });

  it('is one line whatever it holds, and reads back but for what is unsafe', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 4 }), (texts) => {
        const line = csvLine(texts);
        expect(line.slice(0, -2)).not.toMatch(/[\r\n]/);
        const cells = [...line.slice(0, -2).matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(
          0,
          texts.length,
        );
        for (const [i, [, written = '']] of cells.entries()) {
          const read = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
          expect(read.replace(/^'/, '').length).toBe((texts[i] ?? '').replace(/^'/, '').length);
        }
      }),
    );
  });
});
