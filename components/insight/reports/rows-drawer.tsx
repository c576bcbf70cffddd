'use client';

import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { ListX } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button } from '@/components/ui/button';
import { Drawer } from '@/components/ui/drawer';
import { EmptyState } from '@/components/ui/empty-state';
import { SkeletonLines } from '@/components/ui/skeleton';

interface Page<I> {
  items: I[];
  nextCursor: string | null;
  /** Counted once and no longer known by name. */
  notKept?: number;
}

export interface RowsDrawerProps<I> {
  title: string;
  /** What the list holds and how it is sorted, without how many. */
  description: string;
  query: UseInfiniteQueryResult<InfiniteData<Page<I>>>;
  /** The rows in words: "findings". */
  what: string;
  /** One row, with its key. */
  children: (item: I) => ReactNode;
  onClose: () => void;
}

function Nothing({ what, notKept }: { what: string; notKept: number }) {
  if (notKept > 0)
    return (
      <EmptyState icon={<ListX aria-hidden />} title={`Details of these ${what} are not available`}>
        {notKept.toLocaleString('en')} were counted in this month, before Bulwark stored the details behind
        each number. Details are available from the month of the upgrade onwards.
      </EmptyState>
    );
  return (
    <EmptyState icon={<ListX aria-hidden />} title={`No ${what} were counted here`}>
      This month’s number is 0, or it has changed since you loaded the page.
    </EmptyState>
  );
}

/** The rows that a number counts, beside the charts. */
export function RowsDrawer<I>({ title, description, query, what, children, onClose }: RowsDrawerProps<I>) {
  const pages = query.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const isLooking = query.isSuccess && items.length === 0 && hasNextPage;
  useEffect(() => {
    // A page may be short and still go on: nobody should have to ask twice for the first row.
    if (isLooking && !isFetchingNextPage) void fetchNextPage();
  }, [isLooking, isFetchingNextPage, fetchNextPage]);
  const count = `${hasNextPage ? 'First ' : ''}${items.length.toLocaleString('en')}`;
  return (
    <Drawer
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      modal={false}
      size="lg"
      title={title}
      description={query.isSuccess && !isLooking ? `${count} ${what}; ${description}` : description}
    >
      <QueryProblem queries={[query]} title={`Could not load the ${what}`} />
      {query.isPending || isLooking ? <SkeletonLines lines={8} label={`Loading ${what}`} /> : null}
      {query.isSuccess && items.length === 0 && !hasNextPage ? (
        <Nothing what={what} notKept={pages[0]?.notKept ?? 0} />
      ) : null}
      <ul aria-label={title}>{items.map(children)}</ul>
      {hasNextPage && !isLooking ? (
        <Button className="mt-3" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </Drawer>
  );
}

export const rowClass =
  'flex items-start gap-x-3 gap-y-0.5 border-line border-t py-2 first:border-t-0 max-sm:flex-wrap';
/** What a row says at its end; on a phone in a line of its own, or beside what is short. */
export const rowEndClass = 'flex shrink-0 flex-col items-end gap-0.5 max-sm:flex-row max-sm:gap-3';
