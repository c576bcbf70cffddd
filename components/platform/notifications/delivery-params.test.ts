import { describe, expect, it } from 'vitest';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { deliveryParams } from './delivery-params';

const paramsOf = (text: string) => deliveryParams({ from: null, to: null, clauses: parseFilter(text) });

describe('the filter of the delivery log', () => {
  it('becomes parameters of the API: repeated, excluded, and free words together', () => {
    expect(paramsOf('state:failed state:pending -channel:siem timeout host')).toEqual({
      state: ['failed', 'pending'],
      'channel!': ['siem'],
      q: 'timeout host',
    });
  });

  it('searches for what is no field, and sends the range', () => {
    expect(paramsOf('colour:red')).toEqual({ q: 'colour:red' });
    const range = { from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z', clauses: [] };
    expect(deliveryParams(range)).toEqual({ from: range.from, to: range.to });
  });
});
