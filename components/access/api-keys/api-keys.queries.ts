import { queryOptions } from '@tanstack/react-query';
import { type KeyFilter, splitFilter } from '@/components/access/api-keys/list/key-filter';
import { isRotationOpen } from '@/components/access/api-keys/rotation/rotation-state';
import type { DataPage, DataQuery } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import type { Owner } from './owner';

export type KeyPage = DataPage<KeyDto>;

const PAGE_SIZE = 50;
const PAGES_PER_FETCH_MAX = 20;
const ROTATION_POLL_MS = 2_000;
const IDLE_POLL_MS = 15_000;

export const keyKeys = {
  all: ['api-keys'] as const,
  list: ['api-keys', 'list'] as const,
  detail: (id: string) => ['api-keys', 'detail', id] as const,
};

/** One page of keys from wherever they are read: the API in the browser, the query on the server. */
export type ReadKeys = (input: KeyFilter & { cursor?: string; limit: number }) => Promise<KeyPage>;

/** The next rows for a filter; reads on where a page holds none that match. */
export async function fetchKeyPage(
  read: ReadKeys,
  query: Pick<DataQuery, 'clauses'>,
  owners: readonly Owner[],
  start: string | null,
): Promise<KeyPage> {
  const { filter, matches } = splitFilter(query.clauses, owners);
  let cursor = start;
  for (let page = 1; ; page++) {
    const { items, nextCursor } = await read({ ...filter, cursor: cursor ?? undefined, limit: PAGE_SIZE });
    const found = items.filter(matches);
    if (found.length > 0 || nextCursor === null || page === PAGES_PER_FETCH_MAX) {
      return { items: found, nextCursor };
    }
    cursor = nextCursor;
  }
}

export function readKeysFromApi(signal: AbortSignal): ReadKeys {
  return (input) => apiFetch<KeyPage>('/keys', { query: { ...input }, signal });
}

/** While a rotation is open the first use of the new secret shows within two seconds. */
export function keyQuery(id: string) {
  return queryOptions({
    queryKey: keyKeys.detail(id),
    queryFn: ({ signal }) => apiFetch<KeyDto>(`/keys/${id}`, { signal }),
    refetchInterval: (query) =>
      query.state.data && isRotationOpen(query.state.data) ? ROTATION_POLL_MS : IDLE_POLL_MS,
  });
}
