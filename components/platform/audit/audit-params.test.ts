import { describe, expect, it } from 'vitest';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { listAuditInput } from '@/lib/platform/audit/contract';
import { curlOf, filterTextOf, paramsOf, questionParams } from './audit-params';

describe('paramsOf', () => {
  it('turns filter text into what the API takes', () => {
    const text = 'actor:ada actor:"Bob B" -outcome:success orders -"two words" access:show';
    expect(paramsOf(parseFilter(text))).toEqual({
      actor: ['ada', 'Bob B'],
      'outcome!': ['success'],
      q: ['orders'],
      'q!': ['two words'],
      access: ['show'],
    });
  });

  it('searches for what is no filter, as it was written', () => {
    expect(paramsOf(parseFilter('http:8080 -foo:bar'))).toEqual({ q: ['http:8080'], 'q!': ['foo:bar'] });
  });

  it('gives the API nothing that it does not know', () => {
    const params = paramsOf(
      parseFilter('key:0193aaaa-0000-7000-8000-000000000001 -ip:10.0.0.0/8 status:4xx method:get path:/a x'),
    );
    expect(listAuditInput.safeParse(params).success).toBe(true);
  });
});

describe('questionParams', () => {
  it('leaves out the end of a range that ends now', () => {
    const clauses = parseFilter('code:REVOKED');
    expect(questionParams({ from: '2026-11-01T00:00:00.000Z', to: null, clauses })).toEqual({
      from: ['2026-11-01T00:00:00.000Z'],
      code: ['REVOKED'],
    });
  });
});

describe('filterTextOf', () => {
  it('reads filters from a link as the API names them', () => {
    const text = filterTextOf({ outcome: 'denied', 'actor!': ['ada', 'b c'], from: 'now-1h', open: 'x' });
    expect(parseFilter(text ?? '')).toEqual([
      { key: 'outcome', value: 'denied', exclude: false },
      { key: 'actor', value: 'ada', exclude: true },
      { key: 'actor', value: 'b c', exclude: true },
    ]);
  });

  it('leaves the own parameters of the screen alone', () => {
    expect(filterTextOf({ q: 'actor:ada', from: 'now-1h', to: 'now', open: 'x', live: 'true' })).toBeNull();
  });
});

describe('curlOf', () => {
  it('cannot be left by a quote in the address', () => {
    expect(curlOf("https://b.example/api?q='; rm -rf /")).toContain(
      "'https://b.example/api?q=%27; rm -rf /'",
    );
  });
});
