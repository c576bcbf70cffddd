'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { monthLabel } from '@/components/charts/month-chart-data';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button } from '@/components/ui/button';
import { Drawer } from '@/components/ui/drawer';
import { SkeletonLines } from '@/components/ui/skeleton';
import { COUNTED, type CountedKey } from '@/lib/metrics/contract';
import { metricCountsQuery } from './metrics.queries';

/** The values that a number counts, each with the rows of the record behind it. */
export function MetricCounts({ of, month, onClose }: { of: CountedKey; month: string; onClose: () => void }) {
  const query = useInfiniteQuery(metricCountsQuery(of, month));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Drawer
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      modal={false}
      title={COUNTED[of].title}
      description={`${monthLabel(month)}, the most frequent first`}
    >
      <QueryProblem queries={[query]} title="The values could not be read" />
      {query.isPending ? <SkeletonLines lines={8} label="Loading values" /> : null}
      {query.isSuccess && items.length === 0 ? <p className="text-muted">Nothing was counted here.</p> : null}
      <ul>
        {items.map(({ value, count, href }) => (
          <li
            key={value}
            className="flex items-baseline justify-between gap-4 border-line border-t py-2 first:border-t-0"
          >
            <Link
              href={href}
              prefetch={false}
              className="min-w-0 break-all font-mono text-sm underline decoration-line-strong underline-offset-2 hover:decoration-ink"
            >
              {value}
            </Link>
            <span className="tabular-nums">{count.toLocaleString('en')}</span>
          </li>
        ))}
      </ul>
      {query.hasNextPage ? (
        <Button
          className="mt-3"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show more
        </Button>
      ) : null}
    </Drawer>
  );
}
