'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { monthLabel } from '@/components/charts/month-chart-data';
import { Badge } from '@/components/ui/badge';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { MetricKeyDto } from '@/lib/insight/metrics/rows-contract';
import { metricKeysQuery } from './metrics.queries';
import type { KeysAsked } from './rows-asked';
import { RowsDrawer, rowClass, rowEndClass } from './rows-drawer';

const ageText = (days: number) => `${days.toLocaleString('en')} ${days === 1 ? 'day' : 'days'}`;

function Row({ item }: { item: MetricKeyDto }) {
  return (
    <li className={rowClass}>
      <div className="flex min-w-0 flex-1 flex-col max-sm:basis-full">
        <span className="flex min-w-0 items-center gap-2">
          <Link
            href={`/keys/${item.keyId}`}
            prefetch={false}
            className="truncate font-medium hover:underline"
          >
            {item.name}
          </Link>
          <Badge mono>{item.environment}</Badge>
        </span>
        <span className="text-sm text-muted">
          Version {item.version}, <code className="font-mono">…{item.last4}</code>, since{' '}
          <Time value={item.activatedAt} precision="day" />
        </span>
      </div>
      <span className={rowEndClass}>
        <Status tone={item.isRotated ? 'success' : 'warning'}>{ageText(item.ageDays)} old</Status>
        {item.isUnused ? <Status tone="neutral">Unused for 90 days</Status> : null}
      </span>
    </li>
  );
}

/** The keys that a number counts, with the versions that were current. */
export function MetricKeys({ asked, onClose }: { asked: KeysAsked; onClose: () => void }) {
  const query = useInfiniteQuery(metricKeysQuery(asked));
  const what = asked.series === 'unused' ? 'Unused keys' : 'Keys that work';
  return (
    <RowsDrawer
      title={`${what}, ${monthLabel(asked.month)}`}
      description="the oldest secret first"
      query={query}
      what="keys"
      onClose={onClose}
    >
      {(item) => <Row key={item.keyId} item={item} />}
    </RowsDrawer>
  );
}
