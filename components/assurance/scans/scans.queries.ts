import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { DataPage, DataQuery } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import type { FindingListDto, ScanDiffPart, ScanDto, ScanListDto } from '@/lib/assurance/findings/contract';
import { isUnderWay, type ScanFilter, splitFilter } from './scan-filter';

const PAGE_SIZE = 50;
const STANDING_MAX = 200;
const PAGES_PER_FETCH_MAX = 20;
const POLL_MS = 1_500;
const IDLE_POLL_MS = 15_000;

export const scanKeys = {
  all: ['scans'] as const,
  list: ['scans', 'list'] as const,
  standing: ['scans', 'standing'] as const,
  one: (id: string) => ['scans', 'one', id] as const,
};

/** One page from wherever it is read: the API in the browser, the query on the server. */
export type ReadScans = (input: ScanFilter & { cursor?: string; limit: number }) => Promise<ScanListDto>;

/** The next rows for a filter; reads on where a page holds none that match. */
export async function fetchScanPage(
  read: ReadScans,
  query: Pick<DataQuery, 'clauses'>,
  start: string | null,
): Promise<DataPage<ScanDto>> {
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

export function readScansFromApi(signal: AbortSignal): ReadScans {
  return (input) => apiFetch<ScanListDto>('/scans', { query: { ...input }, signal });
}

export const fetchScan = (id: string, signal: AbortSignal) => apiFetch<ScanDto>(`/scans/${id}`, { signal });

/** What a run opened, fixed and so on, worst first. */
export function scanDiffQuery(scanId: string, part: ScanDiffPart) {
  return infiniteQueryOptions({
    queryKey: [...scanKeys.one(scanId), 'diff', part],
    queryFn: ({ pageParam, signal }) =>
      apiFetch<FindingListDto>(`/scans/${scanId}/diff`, {
        query: { part, cursor: pageParam, limit: PAGE_SIZE },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
}

/** What waits for the worker or for a person; asked for often while the worker has something to do. */
export function standingQuery() {
  return queryOptions({
    queryKey: scanKeys.standing,
    queryFn: ({ signal }) =>
      readScansFromApi(signal)({ status: ['queued', 'running', 'held'], limit: STANDING_MAX }),
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ status }) => isUnderWay(status)) ? POLL_MS : IDLE_POLL_MS,
  });
}

/** One run, followed until the worker is done with it. */
export function followedScanQuery(id: string) {
  return queryOptions({
    queryKey: scanKeys.one(id),
    queryFn: ({ signal }) => fetchScan(id, signal),
    refetchInterval: ({ state }) => (!state.data || isUnderWay(state.data.status) ? POLL_MS : false),
  });
}
