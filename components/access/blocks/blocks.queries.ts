import { queryOptions } from '@tanstack/react-query';
import type { DataPage, DataQuery } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import type { BlockDto, BlockListDto } from '@/lib/access/blocks/contract';
import { type BlockFilter, splitFilter } from './block-filter';

const PAGE_SIZE = 50;
const PAGES_PER_FETCH_MAX = 20;
const COUNTED_MAX = 200;

export const blockKeys = {
  all: ['blocks'] as const,
  list: ['blocks', 'list'] as const,
  active: ['blocks', 'active'] as const,
};

/** One page from wherever it is read: the API in the browser, the query on the server. */
export type ReadBlocks = (input: BlockFilter & { cursor?: string; limit: number }) => Promise<BlockListDto>;

/** The next rows for a filter; reads on where a page holds none that match. */
export async function fetchBlockPage(
  read: ReadBlocks,
  query: Pick<DataQuery, 'clauses'>,
  start: string | null,
): Promise<DataPage<BlockDto>> {
  const { filter, matches } = splitFilter(query.clauses);
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

export function readBlocksFromApi(signal: AbortSignal): ReadBlocks {
  return (input) => apiFetch<BlockListDto>('/blocks', { query: { ...input }, signal });
}

/** The blocks that stand, as many as are counted. */
export function activeBlocksQuery() {
  return queryOptions({
    queryKey: blockKeys.active,
    queryFn: ({ signal }) => readBlocksFromApi(signal)({ state: 'active', limit: COUNTED_MAX }),
    refetchInterval: 15_000,
  });
}
