import { describe, expect, it } from 'vitest';
import type { FilterClause } from '@/components/data-table/filter-grammar';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { secretFilterInput } from '@/lib/access/secrets/contract';
import { queryOf } from './secret-query';

const asked = (text: string) => queryOf(parseFilter(text));

describe('the filter of secrets', () => {
  it('asks the API for everything that the reader sees', () => {
    const query = asked('status:overdue status:exposed -backend:aws due:overdue owner:unknown db -old');
    expect(query).toEqual({
      status: ['overdue', 'exposed'],
      'backend!': ['aws'],
      due: 'overdue',
      owner: ['unknown'],
      q: ['db'],
      'q!': ['old'],
    });
    expect(secretFilterInput.safeParse(query).success).toBe(true);
  });

  it('searches for a word whose key it does not know', () => {
    expect(asked('nothing:here')).toEqual({ q: ['nothing:here'] });
    expect(asked('')).toEqual({});
  });

  it.each([
    ['status:lost', /Use one of/],
    ['-tag:old', /cannot be excluded/],
    ['due:soon due:overdue', /one due value at a time/],
  ])('says why %s cannot be answered', (text, sentence) => {
    expect(() => asked(text)).toThrow(sentence);
  });

  it('gives the API nothing that it refuses', () => {
    const clauses: FilterClause[] = [{ key: 'toString', value: 'x', exclude: false }];
    expect(queryOf(clauses)).toEqual({ q: ['toString:x'] });
  });
});
