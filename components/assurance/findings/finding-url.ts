import { parseAsString, parseAsStringLiteral } from 'nuqs/server';
import { dataViewParsers } from '@/components/data-table/search-params';
import type { SavedViewDto } from '@/lib/assurance/findings/saved-views-contract';
import { FINDING_GROUPINGS } from '@/lib/assurance/findings/views-contract';
import { sortOf } from './finding-query';

/** What the list of findings keeps in the URL beside what every list does; `view` is the saved view it came from. */
export const findingParsers = {
  q: dataViewParsers.q,
  sort: dataViewParsers.sort,
  group: parseAsStringLiteral(FINDING_GROUPINGS),
  view: parseAsString,
};

/** What a view asks of the list. */
export type ViewContent = Pick<SavedViewDto, 'filter' | 'sort' | 'group'>;

interface Shown {
  q: string;
  sort: string | null;
  group: ViewContent['group'];
}

/** What the list asks now, as a view keeps it: the list's own order is none. */
export function contentOf({ q, sort, group }: Shown): ViewContent {
  const order = sortOf(sort);
  return { filter: q, sort: order === 'severity' ? null : order, group };
}

/** The parameters under which the list shows a view. */
export function urlOf({ id, filter, sort, group }: ViewContent & { id: string }) {
  return { q: filter === '' ? null : filter, sort, group, view: id };
}

/** Where a view is found. */
export function viewHref(view: ViewContent & { id: string }): string {
  const given = Object.entries(urlOf(view)).flatMap(([name, value]) =>
    value === null ? [] : [[name, value]],
  );
  return `/findings?${new URLSearchParams(given)}`;
}

export const isSame = (a: ViewContent, b: ViewContent): boolean =>
  a.filter === b.filter && a.sort === b.sort && a.group === b.group;
