'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { monthLabel } from '@/components/charts/month-chart-data';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button } from '@/components/ui/button';
import { Drawer } from '@/components/ui/drawer';
import { Severity, type SeverityLevel, severityOrder } from '@/components/ui/severity';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Time } from '@/components/ui/time';
import type { MetricFindingDto } from '@/lib/metrics/contract';
import { metricFindingsQuery } from './metrics.queries';
import type { RowsAsked } from './metrics.utils';

const TITLES = {
  found: 'Found in',
  fixed: 'Fixed in',
  reopened: 'Come back in',
  open: 'Open at the end of',
  watched: 'Begun in the year up to',
} as const;
const levelOf = (text: string): SeverityLevel => severityOrder.find((level) => level === text) ?? 'info';

function Row({ item }: { item: MetricFindingDto }) {
  return (
    <li className="flex items-start gap-3 border-line border-t py-2 first:border-t-0">
      <span className="w-20 shrink-0">
        <Severity level={levelOf(item.severity)} />
      </span>
      <div className="flex min-w-0 flex-1 flex-col">
        <Link
          href={`/findings?${new URLSearchParams({ q: 'state:any', open: item.findingId })}`}
          prefetch={false}
          className="truncate font-medium hover:underline"
        >
          {item.title}
        </Link>
        <span className="truncate text-sm text-muted">
          <code className="font-mono">{item.ruleId}</code> in {item.asset}
        </span>
      </div>
      <Time value={item.at} precision="minute" className="text-sm text-muted" />
    </li>
  );
}

/** The findings that a number counts, beside the charts. */
export function MetricFindings({ asked, onClose }: { asked: RowsAsked; onClose: () => void }) {
  const query = useInfiniteQuery(metricFindingsQuery(asked));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Drawer
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      modal={false}
      size="lg"
      title={`${TITLES[asked.rows]} ${monthLabel(asked.month)}`}
      description={asked.severity ? `Severity ${asked.severity}` : 'All severities'}
    >
      <QueryProblem queries={[query]} title="The findings could not be read" />
      {query.isPending ? <SkeletonLines lines={8} label="Loading findings" /> : null}
      {query.isSuccess && items.length === 0 && !query.hasNextPage ? (
        <p className="text-muted">No finding was counted here.</p>
      ) : null}
      <ul>
        {items.map((item) => (
          <Row key={`${item.findingId} ${item.at}`} item={item} />
        ))}
      </ul>
      {query.hasNextPage ? (
        <Button className="mt-3" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </Drawer>
  );
}
