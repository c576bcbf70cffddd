import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_COLUMNS } from './columns';
import { ndjsonLine } from './export-ndjson';

/** COPY's text format as PostgreSQL writes it. */
function copyField(value: string | null): string {
  if (value === null) return '\\N';
  const letters: Record<string, string> = {
    '\b': 'b',
    '\f': 'f',
    '\n': 'n',
    '\r': 'r',
    '\t': 't',
    '\v': 'v',
    '\\': '\\',
  };
  return [...value].map((letter) => (letters[letter] ? `\\${letters[letter]}` : letter)).join('');
}

interface Cells {
  text: string | null;
  json: unknown;
  number: number | null;
  plain: string;
}

function cellText(cells: Cells, kind: keyof Cells): string | null {
  const value = cells[kind];
  if (value === null) return null;
  return kind === 'json' ? JSON.stringify(value) : String(value);
}

describe('ndjsonLine', () => {
  it('gives back every value, whatever the texts hold, on one line', () => {
    const text = fc.option(
      fc.string({ unit: 'binary' }).filter((one) => !one.includes('\u0000')),
      { nil: null },
    );
    const row = fc.record({
      text,
      json: fc.option(fc.jsonValue(), { nil: null }),
      number: fc.option(fc.integer(), { nil: null }),
    });
    fc.assert(
      fc.property(row, (drawn) => {
        const cells: Cells = { ...drawn, plain: '0193aaaa' };
        const fields = EVENT_COLUMNS.map(({ kind }) => copyField(cellText(cells, kind)));
        const line = ndjsonLine(fields.join('\t'));
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        const event = JSON.parse(line);
        expect(Object.keys(event)).toEqual(EVENT_COLUMNS.map(({ name }) => name));
        for (const { name, kind } of EVENT_COLUMNS) {
          expect(event[name]).toEqual(JSON.parse(JSON.stringify(cells[kind])));
        }
      }),
    );
  });
});
