import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterClause } from '@/lib/platform/facts/rules';
import {
  addClause,
  clauseState,
  type FilterClause,
  isFilterKey,
  parseFilter,
  removeClause,
  serializeFilter,
} from './filter-grammar';

const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.]{0,12}$/);
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', ' ', ':', '-', 'a', '\n', '\u00a0', '\u2028') }),
);
const field: fc.Arbitrary<FilterClause> = fc.record({ key, value: nasty, exclude: fc.boolean() });
const text: fc.Arbitrary<FilterClause> = fc.record({
  key: fc.constant(null),
  value: nasty,
  exclude: fc.boolean(),
});
const clauses = fc.array(fc.oneof(field, text), { maxLength: 8 });

describe('filter grammar', () => {
  test.each([
    ['actor:ada', [{ key: 'actor', value: 'ada', exclude: false }]],
    ['-ip:10.0.0.1', [{ key: 'ip', value: '10.0.0.1', exclude: true }]],
    ['target:"my key"', [{ key: 'target', value: 'my key', exclude: false }]],
    ['say:"a \\"b\\" \\\\"', [{ key: 'say', value: 'a "b" \\', exclude: false }]],
    ['ip:2001:db8::1', [{ key: 'ip', value: '2001:db8::1', exclude: false }]],
    ['path:""', [{ key: 'path', value: '', exclude: false }]],
    ['refused', [{ key: null, value: 'refused', exclude: false }]],
    ['-refused', [{ key: null, value: 'refused', exclude: true }]],
    ['"a:b"', [{ key: null, value: 'a:b', exclude: false }]],
    ['open:"no end', [{ key: 'open', value: 'no end', exclude: false }]],
    ['actor:', [{ key: null, value: 'actor:', exclude: false }]],
    ['-', [{ key: null, value: '-', exclude: false }]],
    ['  ', []],
  ])('reads %s', (input, expected) => {
    expect(parseFilter(input)).toEqual(expected);
  });

  test('any clauses survive being written and read', () => {
    fc.assert(
      fc.property(clauses, (list) => {
        expect(parseFilter(serializeFilter(list))).toEqual(list);
      }),
      { numRuns: 2000 },
    );
  });

  test('any text is read without failing, and reading settles after one rewrite', () => {
    fc.assert(
      fc.property(nasty, (input) => {
        const once = serializeFilter(parseFilter(input));
        expect(serializeFilter(parseFilter(once))).toBe(once);
        for (const clause of parseFilter(input)) {
          expect(clause.key === null || isFilterKey(clause.key)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('no character of the text is lost, apart from space and quoting', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z0-9.:/]{1,10}$/), { maxLength: 6 }), (words) => {
        expect(serializeFilter(parseFilter(words.join('  '))).replaceAll(/[" ]/g, '')).toBe(words.join(''));
      }),
    );
  });

  test('adding replaces the opposite, removing undoes adding', () => {
    fc.assert(
      fc.property(clauses, field, (list, clause) => {
        const added = addClause(list, clause);
        expect(addClause(added, clause)).toEqual(added);
        expect(clauseState(added, clause.key ?? '', clause.value)).toBe(
          clause.exclude ? 'exclude' : 'include',
        );
        expect(clauseState(removeClause(added, clause), clause.key ?? '', clause.value)).toBeNull();
      }),
    );
  });
});

test('what lib writes of a filter is read as it was meant, whatever the value', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('asset', 'rule', 'channel'),
      fc.string({ unit: 'grapheme', minLength: 1 }),
      (key, value) => {
        expect(parseFilter(filterClause(key, value))).toEqual([{ key, value, exclude: false }]);
      },
    ),
  );
});
