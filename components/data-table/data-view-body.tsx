'use client';

import { Search } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { Skeleton } from '@/components/ui/skeleton';
import { Time } from '@/components/ui/time';
import { CardRows } from './card-rows';
import type { FacetDefinition, FacetValue } from './data-view-types';
import { FacetPanel } from './facet-panel';
import { describeError } from './request-error';
import { TableRows } from './table-rows';
import { zoomOut } from './time-range';
import { FacetToggle } from './toolbar';
import type { DataViewUrl } from './use-data-view-state';
import type { Density } from './use-density';
import type { ListTable } from './use-list-table';
import type { useRows } from './use-rows';

export interface DataViewBodyProps<Row extends object> {
  title: string;
  noun: { one: string; many: string };
  url: DataViewUrl;
  table: ListTable<Row>;
  query: ReturnType<typeof useRows<Row>>['query'];
  total: number | undefined;
  fresh: ReadonlySet<string>;
  facets?: { definitions: readonly FacetDefinition[] };
  facetValues: Readonly<Record<string, readonly FacetValue[]>> | undefined;
  facetsStale: boolean;
  density: Density;
  phone: boolean;
  card?: (row: Row) => ReactNode;
  rowActions?: (row: Row) => ReactNode;
  bulkActions?: unknown;
  peek?: unknown;
  rowHref?: (row: Row) => string;
  empty: ReactNode;
  focusRow: RefObject<((index: number) => void) | null>;
}

export function DataViewBody<Row extends object>(props: DataViewBodyProps<Row>) {
  const [facetsOpen, setFacetsOpen] = useState(true);
  return (
    <div className="flex min-h-0 flex-1 flex-col border-t border-line">
      <div className="flex min-h-0 flex-1">
        {props.facets && facetsOpen ? (
          <aside
            aria-label="Facets"
            data-print="hide"
            className="scroll-quiet hidden w-[216px] shrink-0 overflow-y-auto border-r border-line px-2 py-1 md:block"
          >
            <FacetPanel
              definitions={props.facets.definitions}
              values={props.facetValues}
              stale={props.facetsStale}
            />
          </aside>
        ) : null}
        <Rows {...props} />
      </div>
      <footer className="flex h-9 shrink-0 items-center gap-2 border-t border-line px-2 text-xs text-faint">
        {props.facets ? (
          <span className="max-md:hidden">
            <FacetToggle open={facetsOpen} onToggle={() => setFacetsOpen(!facetsOpen)} />
          </span>
        ) : null}
        <span role="status" className="px-2">
          {countText(props)}
        </span>
      </footer>
    </div>
  );
}

function countText<Row extends object>({ table, total, query, noun }: DataViewBodyProps<Row>): string {
  if (!query.isSuccess) return '';
  const loaded = table.items.length;
  const name = (count: number) => (count === 1 ? noun.one : noun.many);
  if (total !== undefined && total > loaded) {
    return `${loaded.toLocaleString('en')} of ${total.toLocaleString('en')} ${name(total)}`;
  }
  const more = query.hasNextPage ? ' loaded; scroll for more' : '';
  return `${loaded.toLocaleString('en')} ${name(loaded)}${more}`;
}

/** In this order: pending, error, empty, data. A failed refetch keeps the rows it had. */
function Rows<Row extends object>(props: DataViewBodyProps<Row>) {
  const { query, table } = props;
  if (query.isPending) return <PendingRows density={props.density} />;
  if (query.isError && table.items.length === 0) {
    const { message, requestId } = describeError(query.error);
    return (
      <div className="flex-1 bg-surface">
        <ErrorState
          title={`Could not load ${props.noun.many}`}
          requestId={requestId}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
        >
          {message}
        </ErrorState>
      </div>
    );
  }
  if (table.items.length === 0 && query.hasNextPage) return <SearchingOn query={query} />;
  if (table.items.length === 0) return <NoRows {...props} />;
  const shared = {
    label: props.title,
    table,
    selectable: props.bulkActions !== undefined,
    rowActions: props.rowActions,
    openId: props.url.open,
    onOpen: props.url.setOpen,
    rowHref: props.rowHref,
    fresh: props.fresh,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    onMore: () => void query.fetchNextPage(),
  };
  if (props.phone) {
    return (
      <div className="min-w-0 flex-1">
        <CardRows {...shared} card={props.card} />
      </div>
    );
  }
  return (
    <TableRows
      {...shared}
      density={props.density}
      sort={props.url.sort}
      onSort={props.url.setSort}
      total={props.total}
      focusRow={props.focusRow}
    />
  );
}

/** A bounded search found nothing yet: it goes on by itself, and says how far it is. */
function SearchingOn<Row extends object>({ query }: Pick<DataViewBodyProps<Row>, 'query'>) {
  const searchedTo = query.data?.pages.at(-1)?.searchedTo;
  const { isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  useEffect(() => {
    if (!isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  return (
    <div className="flex-1 bg-surface">
      <EmptyState
        icon={<Search aria-hidden />}
        title={isFetchNextPageError ? 'Search paused' : 'Searching'}
        action={
          isFetchNextPageError ? <Button onClick={() => void fetchNextPage()}>Keep searching</Button> : null
        }
      >
        No matches so far
        {searchedTo ? (
          <>
            , back to <Time value={searchedTo} />
          </>
        ) : null}
        .
      </EmptyState>
    </div>
  );
}

function NoRows<Row extends object>({ url, noun, empty }: DataViewBodyProps<Row>) {
  if (url.clauses.length === 0 && url.range === null) {
    return <div className="min-w-0 flex-1 bg-surface md:overflow-y-auto">{empty}</div>;
  }
  if (url.clauses.length === 0) {
    return (
      <div className="min-w-0 flex-1 bg-surface md:overflow-y-auto">
        {empty}
        <WiderRange url={url} />
      </div>
    );
  }
  return (
    <div className="min-w-0 flex-1 bg-surface md:overflow-y-auto">
      <EmptyState
        title={`No ${noun.many} match these filters`}
        action={
          <>
            <Button onClick={() => url.setClauses([])}>Clear filters</Button>
            <WiderRange url={url} inline />
          </>
        }
      >
        Remove a filter or choose a longer time range.
      </EmptyState>
    </div>
  );
}

function WiderRange({ url, inline }: { url: DataViewUrl; inline?: boolean }) {
  const { range } = url;
  if (!range) return null;
  const button = (
    <Button onClick={() => url.setRange(zoomOut(range, Date.now()))}>Double the time range</Button>
  );
  return inline ? button : <div className="mx-auto -mt-8 max-w-[560px] px-4 pb-12">{button}</div>;
}

const PENDING_ROWS = 12;

function PendingRows({ density }: { density: Density }) {
  return (
    <div role="status" aria-label="Loading" data-density={density} className="min-w-0 flex-1 bg-surface">
      <div className="h-8 border-b border-line" />
      {Array.from({ length: PENDING_ROWS }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are identical
        <div key={row} className="flex h-row items-center gap-6 border-b border-line px-4">
          <Skeleton className="h-3 w-32" />
          <Skeleton className="h-3 w-24" />
          <Skeleton className="h-3 flex-1" />
          <Skeleton className="h-3 w-20" />
        </div>
      ))}
    </div>
  );
}
