'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { monthLabel } from '@/components/charts/month-chart-data';
import { COUNTED } from '@/lib/insight/metrics/rows-contract';
import { metricCountsQuery } from './metrics.queries';
import type { CountsAsked } from './rows-asked';
import { RowsDrawer } from './rows-drawer';

/** The values that a number counts, each with the rows of the record behind it. */
export function MetricCounts({ asked, onClose }: { asked: CountsAsked; onClose: () => void }) {
  const query = useInfiniteQuery(metricCountsQuery(asked));
  return (
    <RowsDrawer
      title={`${COUNTED[asked.of].title}, ${monthLabel(asked.month)}`}
      description="the most frequent first"
      query={query}
      what="values"
      onClose={onClose}
    >
      {({ value, count, href }) => (
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
      )}
    </RowsDrawer>
  );
}
