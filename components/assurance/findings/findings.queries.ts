import { queryOptions } from '@tanstack/react-query';
import type { DataPage, DataQuery, FacetValue } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import type { FindingDetailDto, FindingDto, FindingListDto } from '@/lib/assurance/findings/contract';
import type {
  DueBoardDto,
  FindingFacetsDto,
  FindingOwnersDto,
} from '@/lib/assurance/findings/views-contract';
import { type FindingQuery, queryOf, sortOf } from './finding-query';

const PAGE_SIZE = 100;
const PAGES_PER_FETCH_MAX = 20;

export const findingKeys = {
  all: ['findings'] as const,
  list: ['findings', 'list'] as const,
  detail: (id: string) => ['findings', 'detail', id] as const,
};

/** One page from wherever it is read: the API in the browser, the query on the server. */
export type ReadFindings = (
  params: FindingQuery & { sort: string },
  page: { cursor: string | undefined; limit: number },
) => Promise<FindingListDto>;

/** The next rows for a filter; reads on where a page holds none, as a search for words may. */
export async function fetchFindingPage(
  read: ReadFindings,
  query: Pick<DataQuery, 'clauses' | 'sort'>,
  start: string | null,
): Promise<DataPage<FindingDto>> {
  const params = { ...queryOf(query.clauses), sort: sortOf(query.sort) };
  let cursor = start;
  for (let page = 1; ; page++) {
    const found = await read(params, { cursor: cursor ?? undefined, limit: PAGE_SIZE });
    if (found.items.length > 0 || found.nextCursor === null || page === PAGES_PER_FETCH_MAX) return found;
    cursor = found.nextCursor;
  }
}

export function readFindingsFromApi(signal: AbortSignal): ReadFindings {
  return (params, page) => apiFetch<FindingListDto>('/findings', { query: { ...params, ...page }, signal });
}

/** By the keys of the filter bar, where the status is called a state. */
export async function fetchFindingFacets(
  { clauses }: Pick<DataQuery, 'clauses'>,
  signal: AbortSignal,
): Promise<Record<string, FacetValue[]>> {
  const { facets } = await apiFetch<FindingFacetsDto>('/findings/facets', {
    query: queryOf(clauses),
    signal,
  });
  const { status, ...others } = facets;
  return { ...others, state: status };
}

/** How many findings fulfil the filter. `isCapped`: at least so many. */
export const matchingCountQuery = (query: FindingQuery) =>
  queryOptions({
    queryKey: [...findingKeys.all, 'count', query],
    queryFn: async ({ signal }) => {
      const { facets } = await apiFetch<FindingFacetsDto>('/findings/facets', { query, signal });
      const statuses = query.status ?? ['open'];
      const asked = facets.status.filter(({ value }) => statuses.includes(value));
      return {
        count: asked.reduce((sum, { count }) => sum + count, 0),
        isCapped: asked.some(({ isCapped }) => isCapped),
      };
    },
    staleTime: 0,
  });

export const dueBoardQuery = (asset: string | null) =>
  queryOptions({
    queryKey: [...findingKeys.all, 'due', asset],
    queryFn: ({ signal }) =>
      apiFetch<DueBoardDto>('/findings/due', { query: asset === null ? {} : { asset }, signal }),
  });

export const ownersQuery = queryOptions({
  queryKey: ['findings', 'owners'],
  queryFn: ({ signal }) => apiFetch<FindingOwnersDto>('/findings/owners', { signal }),
  staleTime: 60_000,
});

export const findingQuery = (id: string) =>
  queryOptions({
    queryKey: findingKeys.detail(id),
    queryFn: ({ signal }) => apiFetch<FindingDetailDto>(`/findings/${id}`, { signal }),
  });

export const fetchFinding = (id: string, signal: AbortSignal): Promise<FindingDto> =>
  apiFetch<FindingDetailDto>(`/findings/${id}`, { signal }).then(({ finding }) => finding);
