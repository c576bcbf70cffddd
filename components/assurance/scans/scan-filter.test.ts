import { describe, expect, it } from 'vitest';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { splitFilter } from './scan-filter';
import { testScan } from './test-scan';

const split = (text: string) => splitFilter(parseFilter(text));

describe('splitFilter', () => {
  it('lets the API answer what it can, alternatives of one key together', () => {
    const { filter, matches } = split('asset:web asset:"the api" status:held tool:trivy branch:main');
    expect(filter).toEqual({
      asset: ['web', 'the api'],
      status: ['held'],
      tool: ['trivy'],
      branch: ['main'],
    });
    expect(matches(testScan())).toBe(true);
  });

  it('tests words, exclusions and unknown values itself', () => {
    expect(split('trunca').filter).toEqual({});
    expect(split('trunca').matches(testScan({ reasons: ['The JSON is truncated.'] }))).toBe(true);
    expect(split('trunca').matches(testScan())).toBe(false);
    expect(split('-asset:web').matches(testScan())).toBe(false);
    expect(split('-asset:web').matches(testScan({ asset: { id: testScan().asset.id, name: 'api' } }))).toBe(
      true,
    );
    expect(split('status:broken')).toMatchObject({ filter: {} });
    expect(split('status:broken').matches(testScan())).toBe(false);
    expect(split('by:Ada').matches(testScan())).toBe(true);
  });
});
