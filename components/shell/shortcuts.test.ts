import { describe, expect, test } from 'vitest';
import { activeEntry } from './nav';
import { chordPrefixes, isCharacterKey, shortcutKeys, shortcuts, toHotkeys } from './shortcuts';

describe('shortcut registry', () => {
  const all = shortcuts.flatMap(({ id, keys }) => keys.split(', ').map((one) => ({ id, keys: one })));

  test('no id and no key combination is taken twice', () => {
    expect(new Set(shortcuts.map(({ id }) => id)).size).toBe(shortcuts.length);
    expect(new Set(all.map(({ keys }) => keys)).size).toBe(all.length);
  });

  test('no single key swallows the first key of a chord', () => {
    const single = new Set(all.filter(({ keys }) => !/[ +]/.test(keys)).map(({ keys }) => keys));
    expect(chordPrefixes).toEqual(new Set(['g', 'f']));
    for (const prefix of chordPrefixes) expect(single.has(prefix)).toBe(false);
  });

  test('character keys are those without a modifier that types nothing', () => {
    const off = shortcuts.filter(({ keys }) => isCharacterKey(keys)).map(({ id }) => id);
    expect(off).toContain('new');
    expect(off).toContain('go-keys');
    expect(off).not.toContain('palette');
    expect(off).not.toContain('live');
  });

  test('speaks the notation of react-hotkeys-hook', () => {
    expect(toHotkeys('g k')).toEqual(['g>k']);
    expect(toHotkeys('?, mod+/')).toEqual(['shift+?', 'mod+/']);
    expect(shortcutKeys('sheet')).toBe('?');
  });
});

describe('navigation', () => {
  const nav = ['/', '/keys', '/settings/members', '/settings'].map((href) => ({
    href,
    label: href,
    icon: null,
  }));
  test.each([
    ['/', '/'],
    ['/keys/key_1', '/keys'],
    ['/settings/members/7', '/settings/members'],
    ['/keyser', undefined],
  ])('%s belongs to %s', (path, href) => {
    expect(activeEntry(nav, path)?.href).toBe(href);
  });
});
