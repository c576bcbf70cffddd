'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { Histogram } from '@/components/charts/histogram';
import type { HistogramBucket, HistogramSeries } from '@/components/charts/histogram-data';
import { PageHeader } from '@/components/ui/page-header';
import { Skeleton } from '@/components/ui/skeleton';
import { BulkBar } from './bulk-bar';
import { resolveQuery } from './data-query';
import { DataViewBody } from './data-view-body';
import { DataViewFiltersProvider } from './data-view-context';
import { DataViewToolbar } from './data-view-toolbar';
import type {
  DataColumn,
  DataQuery,
  FacetDefinition,
  FacetValue,
  FilterKey,
  PeekContent,
} from './data-view-types';
import { PeekDrawer } from './peek-drawer';
import { type DataViewUrl, useDataViewState } from './use-data-view-state';
import { useDensity } from './use-density';
import { useListTable } from './use-list-table';
import { useMediaQuery } from './use-media-query';
import { useRowKeys } from './use-row-keys';
import { type FetchPage, useRows } from './use-rows';

export interface DataViewProps<Row extends object> {
  title: string;
  /** One sentence: is something wrong, since when. */
  status?: ReactNode;
  /** Page actions, the primary one last. */
  actions?: ReactNode;
  /** Links to sibling pages, below the title. */
  tabs?: ReactNode;
  /** What a row is: `{ one: 'event', many: 'events' }`. */
  noun: { one: string; many: string };
  /** Stable (module scope or memo). */
  columns: readonly DataColumn<Row>[];
  rowId: (row: Row) => string;
  queryKey: readonly unknown[];
  fetchPage: FetchPage<Row>;
  /** Start of the range when the URL names none, e.g. `now-24h`; null for lists without time. */
  defaultFrom: string | null;
  defaultSort?: string | null;
  filterKeys: readonly FilterKey[];
  filterPlaceholder?: string;
  histogram?: {
    title: string;
    series: readonly HistogramSeries[];
    fetch: (query: DataQuery, signal: AbortSignal) => Promise<HistogramBucket[]>;
  };
  facets?: {
    definitions: readonly FacetDefinition[];
    fetch: (query: DataQuery, signal: AbortSignal) => Promise<Record<string, FacetValue[]>>;
  };
  peek?: (row: Row) => PeekContent;
  /** Where a row leads, instead of a panel beside the list. */
  rowHref?: (row: Row) => string;
  fetchRow?: (id: string, signal: AbortSignal) => Promise<Row>;
  /** A card's content on a phone. */
  card?: (row: Row) => ReactNode;
  rowActions?: (row: Row) => ReactNode;
  /** Buttons of the bulk bar; rows can be selected only when it is given. */
  bulkActions?: (rows: readonly Row[], clear: () => void) => ReactNode;
  /** The same for all rows that the filter finds; they are offered when every loaded row is selected. */
  bulkAllActions?: (query: DataQuery, clear: () => void) => ReactNode;
  live?: boolean;
  curl?: (query: DataQuery) => string;
  exportItems?: (query: DataQuery) => ReactNode;
  /** Shown when there are no rows and no filters. */
  empty: ReactNode;
}

/** The one list of the product: range and histogram, filter bar, facets, table, peek, bulk bar. */
export function DataTableView<Row extends object>(props: DataViewProps<Row>) {
  const { queryKey, columns, rowId } = props;
  const url = useDataViewState(props.defaultFrom, props.defaultSort ?? null);
  const [density, setDensity] = useDensity();
  const phone = useMediaQuery('(max-width: 767px)');
  const canLive = Boolean(props.live) && (url.range === null || url.range.to === 'now');
  const { query, rows, total, fresh } = useRows({
    queryKey,
    state: url,
    fetchPage: props.fetchPage,
    rowId,
    live: canLive && url.live,
  });
  const question = () => resolveQuery(url, Date.now());
  const asked = { range: url.range, q: url.q };
  const histogram = useQuery({
    queryKey: [...queryKey, 'histogram', asked],
    queryFn: ({ signal }) => props.histogram?.fetch(question(), signal) ?? [],
    enabled: props.histogram !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: canLive && url.live ? 15_000 : false,
  });
  const facets = useQuery({
    queryKey: [...queryKey, 'facets', asked],
    queryFn: ({ signal }) => props.facets?.fetch(question(), signal) ?? {},
    enabled: props.facets !== undefined,
    placeholderData: keepPreviousData,
  });
  const table = useListTable({ columns, rows, rowId, hidden: url.hidden });
  const focusRow = useRef<((index: number) => void) | null>(null);
  const keys = useRowKeys(table, url.open, url.setOpen, focusRow, props.bulkActions !== undefined);
  const all = useAllMatching(asked, {
    isOffered: props.bulkAllActions !== undefined && query.hasNextPage && !query.isPlaceholderData,
    isEveryRow: table.allSelected,
  });
  const refresh = () => void Promise.all([query.refetch(), histogram.refetch(), facets.refetch()]);

  return (
    <DataViewFiltersProvider value={url}>
      <div className="flex min-h-full flex-col md:h-full">
        <div className="flex flex-col gap-3 px-4 pt-5 pb-3 md:px-6">
          <PageHeader title={props.title} status={props.status} actions={props.actions} tabs={props.tabs} />
          <DataViewToolbar
            {...props}
            url={url}
            facetValues={facets.data ?? {}}
            visibleIds={table.visible.map(({ id }) => id)}
            density={density}
            onDensity={setDensity}
            canLive={canLive}
            busy={query.isFetching && !query.isFetchingNextPage}
            onRefresh={refresh}
            curl={props.curl ? () => props.curl?.(question()) ?? '' : undefined}
            json={() => JSON.stringify(rows, null, 2)}
            exportItems={props.exportItems?.(question())}
          />
          {props.histogram ? (
            histogram.data ? (
              <Histogram
                title={props.histogram.title}
                series={props.histogram.series}
                buckets={histogram.data}
                stale={histogram.isPlaceholderData}
                height={phone ? 40 : 56}
                onRange={(fromMs, toMs) =>
                  url.setRange({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() })
                }
              />
            ) : (
              <Skeleton className="h-[104px] max-md:h-[88px]" />
            )
          ) : null}
        </div>
        <DataViewBody
          {...props}
          url={url}
          table={table}
          query={query}
          total={total}
          fresh={fresh}
          facetValues={facets.data}
          facetsStale={facets.isPlaceholderData}
          density={density}
          phone={phone}
          focusRow={focusRow}
        />
      </div>
      {props.peek ? (
        <PeekDrawer
          queryKey={queryKey}
          openId={url.open}
          row={rows.find((row) => rowId(row) === url.open)}
          fetchRow={props.fetchRow}
          peek={props.peek}
          settled={query.isSuccess}
          onClose={() => url.setOpen(null)}
          onMove={keys.move}
          canMove={keys.canMove}
        />
      ) : null}
      {props.bulkActions ? (
        <BulkBar
          count={table.selected.length}
          isAll={all.isMeant}
          onAll={all.onOffer}
          json={() => JSON.stringify(table.selected, null, 2)}
          onClear={table.clearSelection}
        >
          {all.isMeant
            ? props.bulkAllActions?.(question(), table.clearSelection)
            : props.bulkActions(table.selected, table.clearSelection)}
        </BulkBar>
      ) : null}
    </DataViewFiltersProvider>
  );
}

/** Whether all that the filter finds is selected: as long as every loaded row is, and the filter stays. */
function useAllMatching(
  asked: { range: DataViewUrl['range']; q: string },
  { isOffered, isEveryRow }: { isOffered: boolean; isEveryRow: boolean },
): { isMeant: boolean; onOffer: (() => void) | undefined } {
  const [chosen, setChosen] = useState<string | null>(null);
  const filter = JSON.stringify(asked);
  const isPossible = isOffered && isEveryRow;
  const isMeant = isPossible && chosen === filter;
  if (chosen !== null && !isMeant) setChosen(null);
  return { isMeant, onOffer: isPossible && !isMeant ? () => setChosen(filter) : undefined };
}
