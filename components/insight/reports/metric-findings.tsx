'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { monthLabel } from '@/components/charts/month-chart-data';
import { cn } from '@/components/ui/cn';
import { Severity, type SeverityLevel, severityOrder } from '@/components/ui/severity';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { Tone } from '@/components/ui/tone';
import type { FindingMark, FindingSeries, MetricFindingDto } from '@/lib/insight/metrics/rows-contract';
import { metricFindingsQuery } from './metrics.queries';
import type { FindingsAsked } from './rows-asked';
import { RowsDrawer, rowClass, rowEndClass } from './rows-drawer';

const TITLES: Readonly<Record<FindingSeries, string>> = {
  found: 'Found in',
  fixed: 'Fixed in',
  reopened: 'Reopened in',
  net: 'Found and fixed in',
  open: 'Open at the end of',
  watched: 'Opened in the year up to',
  exploited: 'Exploited and open,',
  overdue: 'Exploited and overdue,',
};

const MARKS: Readonly<Record<FindingMark, { tone: Tone; word: string }>> = {
  found: { tone: 'warning', word: 'Found' },
  come_back: { tone: 'warning', word: 'Reopened' },
  fixed: { tone: 'success', word: 'Fixed' },
  in_time: { tone: 'success', word: 'Fixed in time' },
  not_in_time: { tone: 'warning', word: 'Fixed, not in time' },
  patched: { tone: 'success', word: 'Patched' },
  not_patched: { tone: 'neutral', word: 'Not patched' },
  overdue: { tone: 'danger', word: 'Overdue' },
};

const levelOf = (text: string): SeverityLevel => severityOrder.find((level) => level === text) ?? 'info';

function Row({ item }: { item: MetricFindingDto }) {
  const mark = item.mark === null ? null : MARKS[item.mark];
  return (
    <li className={rowClass}>
      <span className="w-20 shrink-0">
        <Severity level={levelOf(item.severity)} />
      </span>
      <div className="flex min-w-0 flex-1 flex-col max-sm:order-last max-sm:basis-full">
        <Link
          href={`/findings?${new URLSearchParams({ q: 'state:any', open: item.findingId })}`}
          prefetch={false}
          className="font-medium hover:underline sm:truncate"
        >
          {item.title}
        </Link>
        <span className="truncate text-sm text-muted">
          <code className="font-mono">{item.ruleId}</code> in {item.asset}
        </span>
      </div>
      <span className={cn(rowEndClass, 'max-sm:ml-auto')}>
        {mark ? <Status tone={mark.tone}>{mark.word}</Status> : null}
        <Time value={item.at} precision="minute" className="text-sm text-muted" />
      </span>
    </li>
  );
}

/** The findings that a number counts. */
export function MetricFindings({ asked, onClose }: { asked: FindingsAsked; onClose: () => void }) {
  const query = useInfiniteQuery(metricFindingsQuery(asked));
  return (
    <RowsDrawer
      title={`${TITLES[asked.series]} ${monthLabel(asked.month)}`}
      description={asked.severity ? `severity ${asked.severity}` : 'all severities'}
      query={query}
      what="findings"
      onClose={onClose}
    >
      {(item) => <Row key={`${item.findingId} ${item.at} ${item.mark}`} item={item} />}
    </RowsDrawer>
  );
}
