import { describe, expect, it } from 'vitest';
import type { FilterClause } from '@/components/data-table/filter-grammar';
import type { BlockDto } from '@/lib/access/blocks/contract';
import { splitFilter } from './block-filter';

const clause = (key: string | null, value: string, exclude = false): FilterClause => ({
  key,
  value,
  exclude,
});
const block = (more: Partial<BlockDto>): BlockDto => ({
  id: '01930000-0000-7000-8000-00000000000a',
  kind: 'ip',
  value: '192.0.2.0/24',
  label: null,
  reason: 'abuse',
  state: 'active',
  createdBy: null,
  createdAt: '2026-11-01T00:00:00Z',
  expiresAt: null,
  liftedAt: null,
  liftedBy: null,
  restoreUntil: null,
  ...more,
});

describe('the filter of blocks', () => {
  it('lets the API answer what it can', () => {
    const given = [
      clause('state', 'active'),
      clause('kind', 'ip'),
      clause('covers', '192.0.2.7'),
      clause(null, 'abuse'),
    ];
    expect(splitFilter(given).filter).toEqual({
      state: 'active',
      kind: 'ip',
      covers: '192.0.2.7',
      q: 'abuse',
    });
    expect(splitFilter([clause('covers', '2001:db8::1')]).filter).toEqual({ covers: '2001:db8::1' });
  });

  it('answers alternatives, exclusions and second words itself', () => {
    const { filter, matches } = splitFilter([
      clause('state', 'active'),
      clause('state', 'lifted'),
      clause('kind', 'key', true),
      clause(null, 'ABUSE'),
      clause(null, '192'),
    ]);
    expect(filter).toEqual({ q: 'ABUSE' });
    expect(matches(block({ state: 'lifted' }))).toBe(true);
    expect(matches(block({ state: 'expired' }))).toBe(false);
    expect(matches(block({ kind: 'key' }))).toBe(false);
    expect(matches(block({ value: '10.0.0.0/8' }))).toBe(false);
  });

  it('finds nothing for a value that is none', () => {
    const { filter, matches } = splitFilter([clause('state', 'gone')]);
    expect(filter).toEqual({});
    expect(matches(block({}))).toBe(false);
    expect(splitFilter([clause('covers', 'x')]).matches(block({}))).toBe(false);
  });
});
