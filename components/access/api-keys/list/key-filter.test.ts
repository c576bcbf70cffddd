import { describe, expect, it } from 'vitest';
import { fetchKeyPage, type ReadKeys } from '@/components/access/api-keys/api-keys.queries';
import { testKey } from '@/components/access/api-keys/secret/test-key';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { splitFilter } from './key-filter';

const owners = [{ userId: '01930000-0000-7000-8000-0000000000bb', name: 'Ada' }];
const split = (text: string) => splitFilter(parseFilter(text), owners);

describe('splitFilter', () => {
  it('gives the API what it can answer', () => {
    expect(split('status:expired env:test scope:keys:read owner:Ada tag:ci deploy').filter).toEqual({
      status: 'expired',
      environment: 'test',
      scope: 'keys:read',
      owner: owners[0]?.userId,
      tag: 'ci',
      q: 'deploy',
    });
  });

  it('takes several values of one key as alternatives', () => {
    const { filter, matches } = split('status:expired status:disabled');
    expect(filter).toEqual({});
    expect(matches(testKey({ status: 'disabled' }))).toBe(true);
    expect(matches(testKey({ status: 'operational' }))).toBe(false);
  });

  it('leaves out what is excluded', () => {
    const { filter, matches } = split('-env:test -ci');
    expect(filter).toEqual({});
    expect(matches(testKey({ name: 'web' }))).toBe(true);
    expect(matches(testKey({ name: 'web', environment: 'test' }))).toBe(false);
    expect(matches(testKey({ name: 'ci-deploy' }))).toBe(false);
  });

  it('finds nothing for a value that does not exist, instead of everything', () => {
    const { filter, matches } = split('status:broken');
    expect(filter).toEqual({});
    expect(matches(testKey())).toBe(false);
    expect(split('colour:red').matches(testKey())).toBe(false);
  });

  it('requires every word', () => {
    const { filter, matches } = split('ci deploy');
    expect(filter).toEqual({ q: 'ci' });
    expect(matches(testKey({ name: 'ci-deploy' }))).toBe(true);
    expect(matches(testKey({ name: 'ci-build' }))).toBe(false);
  });
});

describe('fetchKeyPage', () => {
  it('reads on until a page holds a match', async () => {
    const pages = [
      { items: [testKey({ environment: 'test' })], nextCursor: 'b' },
      { items: [testKey({ name: 'found' })], nextCursor: 'c' },
    ];
    const asked: (string | undefined)[] = [];
    const read: ReadKeys = ({ cursor }) => {
      asked.push(cursor);
      return Promise.resolve(pages[asked.length - 1] ?? { items: [], nextCursor: null });
    };
    const page = await fetchKeyPage(read, { clauses: parseFilter('-env:test') }, owners, null);
    expect(page.items.map(({ name }) => name)).toEqual(['found']);
    expect(page.nextCursor).toBe('c');
    expect(asked).toEqual([undefined, 'b']);
  });
});
