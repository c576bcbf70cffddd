import { describe, expect, test } from 'vitest';
import { draftClauses, draftTarget, suggest } from './filter-suggest';

const keys = [
  { key: 'actor', label: 'Who did it' },
  { key: 'action', label: 'Action' },
  { key: 'ip', label: 'Address' },
];

describe('filter completion', () => {
  test('offers keys that begin like the word, and keeps the minus', () => {
    expect(suggest('act', keys, []).map(({ insert }) => insert)).toEqual(['actor:', 'action:']);
    expect(suggest('-ip', keys, []).map(({ insert }) => insert)).toEqual(['-ip:']);
    expect(suggest('address', keys, []).map(({ insert }) => insert)).toEqual(['ip:']);
  });

  test('offers values of the key with their counts, quoted where needed', () => {
    const values = [{ value: 'ada lovelace', count: 1204 }, { value: 'bob' }];
    expect(suggest('-actor:ad', keys, values)).toEqual([
      { insert: '-actor:"ada lovelace"', label: 'ada lovelace', hint: '1,204', complete: true },
    ]);
  });

  test('knows what is being typed', () => {
    expect(draftTarget('actor:"ada l')).toEqual({ key: 'actor', prefix: 'ada l', exclude: false });
    expect(draftTarget('acto')).toBeNull();
  });

  test('treats an unknown key as text, so that a URL can be searched', () => {
    expect(draftClauses('http://x', keys)).toEqual([{ key: null, value: 'http://x', exclude: false }]);
    expect(draftClauses('ip:::1', keys)).toEqual([{ key: 'ip', value: '::1', exclude: false }]);
  });
});
