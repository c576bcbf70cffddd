import { describe, expect, it } from 'vitest';
import { contentOf, isSame, viewHref } from './finding-url';

const id = '01930000-0000-7000-8000-0000000000aa';

describe('the address of a saved view', () => {
  it('shows what the view asks, and says which it is', () => {
    const view = { id, filter: 'asset:"a & b" -tool:snyk', sort: 'due', group: 'rule' } as const;
    const params = Object.fromEntries(new URL(viewHref(view), 'http://x').searchParams);
    expect(params).toEqual({ q: view.filter, sort: 'due', group: 'rule', view: id });
    expect(viewHref({ id, filter: '', sort: null, group: null })).toBe(`/findings?view=${id}`);
  });

  it('leads back to the same view', () => {
    const shown = contentOf({ q: 'kev:true', sort: 'severity', group: null });
    expect(shown).toEqual({ filter: 'kev:true', sort: null, group: null });
    expect(isSame(shown, contentOf({ q: 'kev:true', sort: null, group: null }))).toBe(true);
    expect(isSame(shown, { ...shown, group: 'asset' })).toBe(false);
    expect(isSame(shown, { ...shown, sort: 'due' })).toBe(false);
  });
});
