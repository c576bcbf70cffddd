import { describe, expect, test } from 'vitest';
import { mergeNewest } from './live-merge';

const row = (id: string, note = '') => ({ id, note });
const page = (...ids: string[]) => ({ items: ids.map((id) => row(id)), nextCursor: null });
const idOf = ({ id }: { id: string }) => id;

describe('live tail', () => {
  test('puts new rows on top once and renews rows it knows', () => {
    const newest = { items: [row('d'), row('c', 'renewed')], nextCursor: 'x', total: 9 };
    const merged = mergeNewest([page('c', 'b'), page('a')], newest, idOf);
    expect(merged.pages.map(({ items }) => items.map(idOf))).toEqual([['d', 'c', 'b'], ['a']]);
    expect(merged.pages[0]?.items[1]?.note).toBe('renewed');
    expect(merged).toMatchObject({ added: ['d'], gap: false });
    expect(merged.pages[0]?.total).toBe(9);
  });

  test('keeps the cursor of the older pages', () => {
    const merged = mergeNewest([{ items: [row('a')], nextCursor: 'older' }], page('b', 'a'), idOf);
    expect(merged.pages[0]?.nextCursor).toBe('older');
  });

  test('reports a gap when nothing overlaps', () => {
    expect(mergeNewest([page('a')], page('z', 'y'), idOf).gap).toBe(true);
    expect(mergeNewest([page('a')], page('a'), idOf)).toMatchObject({ gap: false, added: [] });
    expect(mergeNewest([page()], page('a'), idOf)).toMatchObject({ gap: false, added: ['a'] });
  });
});
