import { describe, expect, it } from 'vitest';
import { changesBetween, splitDetails } from './field-changes';

describe('changesBetween', () => {
  it('names only the fields that differ, deep ones by their path', () => {
    const before = { name: 'a', limits: { perMinute: 100, burst: 5 }, scopes: ['x'], gone: 1 };
    const after = { name: 'a', limits: { perMinute: 50, burst: 5 }, scopes: ['x', 'y'], made: null };
    expect(changesBetween(before, after)).toEqual([
      { path: 'limits.perMinute', before: '100', after: '50' },
      { path: 'scopes', before: '["x"]', after: '["x","y"]' },
      { path: 'gone', before: '1', after: undefined },
      { path: 'made', before: undefined, after: 'null' },
    ]);
  });

  it('finds nothing between equals', () => {
    expect(changesBetween({ a: { b: [1] } }, { a: { b: [1] } })).toEqual([]);
  });
});

describe('splitDetails', () => {
  it('keeps the change apart from the rest', () => {
    expect(splitDetails({ before: { a: 1 }, after: { a: 2 }, grace: '24h' })).toEqual({
      changes: [{ path: 'a', before: '1', after: '2' }],
      rest: { grace: '24h' },
    });
  });

  it('shows a creation as set from nothing', () => {
    expect(splitDetails({ after: { a: 1 } }).changes).toEqual([{ path: 'a', before: undefined, after: '1' }]);
  });

  it('takes before and after that are no objects for plain details', () => {
    expect(splitDetails({ before: 1, after: 2 })).toEqual({ changes: [], rest: { before: 1, after: 2 } });
    expect(splitDetails(null)).toEqual({ changes: [], rest: {} });
  });
});
