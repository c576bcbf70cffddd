import { describe, expect, it } from 'vitest';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { listFindingsInput } from '@/lib/assurance/findings/contract';
import { queryOf, sortOf } from './finding-query';

const ask = (text: string) => queryOf(parseFilter(text));

describe('the filter of findings', () => {
  it('asks the API for all of it', () => {
    const query = ask('severity:critical severity:high asset:web branch:main kev:true log4j "two words"');
    expect(query).toEqual({
      severity: ['critical', 'high'],
      asset: ['web'],
      branch: ['main'],
      kev: 'true',
      q: ['log4j', 'two words'],
    });
    expect(listFindingsInput.safeParse(query).success).toBe(true);
    expect(ask('')).toEqual({});
  });

  it('asks for every state, or for all but some', () => {
    expect(ask('state:fixed')).toEqual({ status: ['fixed'] });
    expect(ask('state:any').status).toHaveLength(7);
    expect(ask('state:any -state:open').status).toHaveLength(6);
    expect(ask('-state:open').status).not.toContain('open');
  });

  it('asks for the others of a closed list, and leaves the rest to the API', () => {
    const query = ask('-severity:info -kev:true -asset:api -package:left-pad -rule:R1 -"old thing" POM');
    expect(query).toEqual({
      severity: ['critical', 'high', 'medium', 'low'],
      kev: 'false',
      notAsset: ['api'],
      notPackage: ['left-pad'],
      notRule: ['R1'],
      notQ: ['old thing'],
      q: ['POM'],
    });
    expect(listFindingsInput.safeParse(query).success).toBe(true);
  });

  it('takes a key that it does not know for text', () => {
    expect(ask('cve:2021 -cve:2022')).toEqual({ q: ['cve:2021'], notQ: ['cve:2022'] });
  });

  it('says what it cannot do', () => {
    expect(() => ask('-branch:main')).toThrow('filtered for branch, but it cannot be excluded');
    expect(() => ask('sla:soon sla:overdue')).toThrow('Filter by one sla value at a time.');
    expect(() => ask('severity:low -severity:low')).toThrow('includes and excludes the same severity');
    expect(() => ask('-kev:true -kev:false')).toThrow('includes and excludes the same kev');
  });
});

it('reads the order of the URL', () => {
  expect(sortOf('due')).toBe('due');
  expect(sortOf('-nothing')).toBe('severity');
  expect(sortOf(null)).toBe('severity');
});
