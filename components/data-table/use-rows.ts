'use client';

import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { type DataViewState, resolveQuery, rowsKey } from './data-query';
import type { DataPage, DataQuery } from './data-view-types';
import { mergeNewest } from './live-merge';

const LIVE_INTERVAL_MS = 5_000;

export type FetchPage<Row> = (
  query: DataQuery,
  page: { cursor: string | null; signal: AbortSignal },
) => Promise<DataPage<Row>>;

export interface UseRowsOptions<Row> {
  queryKey: readonly unknown[];
  state: DataViewState;
  fetchPage: FetchPage<Row>;
  rowId: (row: Row) => string;
  live: boolean;
}

const NO_IDS: ReadonlySet<string> = new Set();

/** The list's rows page by page; while `live`, the newest page is asked for every 5 s and merged on top. */
export function useRows<Row>({ queryKey, state, fetchPage, rowId, live }: UseRowsOptions<Row>) {
  const client = useQueryClient();
  const { range, q, sort } = state;
  const key = useMemo(() => rowsKey(queryKey, { range, q, sort }), [queryKey, range, q, sort]);
  const [fresh, setFresh] = useState(NO_IDS);
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      fetchPage(resolveQuery(state, Date.now()), { cursor: pageParam, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });
  const tail = useQuery({
    queryKey: [...key, 'newest'],
    queryFn: ({ signal }) => fetchPage(resolveQuery(state, Date.now()), { cursor: null, signal }),
    enabled: live && query.isSuccess,
    refetchInterval: LIVE_INTERVAL_MS,
    staleTime: 0,
    gcTime: 0,
  });
  useEffect(() => {
    if (!live || !tail.data) return;
    const before = client.getQueryData<InfiniteData<DataPage<Row>, string | null>>(key);
    if (!before) return;
    const merged = mergeNewest(before.pages, tail.data, rowId);
    if (merged.gap) {
      void client.resetQueries({ queryKey: key, exact: true });
      return;
    }
    client.setQueryData(key, { ...before, pages: merged.pages });
    if (merged.added.length > 0) setFresh(new Set(merged.added));
  }, [client, key, live, rowId, tail.data]);

  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return { query, rows, total: query.data?.pages[0]?.total, fresh: live ? fresh : NO_IDS };
}
