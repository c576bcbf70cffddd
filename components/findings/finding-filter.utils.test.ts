import { describe, expect, it } from 'vitest';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { sortOf, splitFilter } from './finding-filter.utils';
import { testFinding } from './test-finding';

const split = (text: string) => splitFilter(parseFilter(text));

describe('the filter of findings', () => {
  it('lets the API answer what it can', () => {
    expect(split('severity:critical severity:high asset:web branch:main kev:true log4j').params).toEqual({
      severity: ['critical', 'high'],
      asset: ['web'],
      branch: ['main'],
      kev: 'true',
      q: 'log4j',
    });
    expect(split('').params).toEqual({});
  });

  it('asks for every state, or for all but some', () => {
    expect(split('state:fixed').params).toEqual({ status: ['fixed'] });
    expect(split('state:any').params.status).toHaveLength(7);
    expect(split('-state:open').params.status).not.toContain('open');
    expect(split('state:open -state:open').matches(testFinding())).toBe(false);
  });

  it('answers exclusions and further words itself', () => {
    const { params, matches } = split('-tool:snyk -asset:api -"old thing" log4j POM');
    expect(params).toEqual({ q: 'log4j' });
    expect(matches(testFinding())).toBe(true);
    expect(matches(testFinding({ tool: 'snyk' }))).toBe(false);
    expect(matches(testFinding({ asset: { id: 'x', name: 'api' } }))).toBe(false);
    expect(matches(testFinding({ title: 'An OLD thing' }))).toBe(false);
    expect(matches(testFinding({ path: 'go.mod' }))).toBe(false);
  });

  it('takes a key that it does not know for text', () => {
    expect(split('cve:2021').params).toEqual({ q: 'cve:2021' });
    expect(split('-cve:2021').matches(testFinding({ title: 'x cve:2021' }))).toBe(false);
  });

  it('says what it cannot do', () => {
    expect(() => split('-branch:main')).toThrow('filtered for branch, but it cannot be excluded');
    expect(() => split('sla:soon sla:overdue')).toThrow('one value of sla');
  });
});

it('reads the order of the URL', () => {
  expect(sortOf('due')).toBe('due');
  expect(sortOf('-nothing')).toBe('severity');
  expect(sortOf(null)).toBe('severity');
});
