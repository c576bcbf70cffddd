'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { monthLabel } from '@/components/charts/month-chart-data';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { Tone } from '@/components/ui/tone';
import type { State } from '@/lib/assurance/checklist/contract';
import type { MetricObjectiveDto } from '@/lib/insight/metrics/rows-contract';
import { metricObjectivesQuery } from './metrics.queries';
import type { ObjectivesAsked } from './rows-asked';
import { RowsDrawer, rowClass, rowEndClass } from './rows-drawer';

const STATES: Readonly<Record<State, { tone: Tone; word: string }>> = {
  fail: { tone: 'danger', word: 'Fails' },
  unknown: { tone: 'warning', word: 'Unknown' },
  stale: { tone: 'warning', word: 'Stale' },
  excepted: { tone: 'info', word: 'Accepted' },
  warn: { tone: 'warning', word: 'Passes, look' },
  pass: { tone: 'success', word: 'Passes' },
  not_applicable: { tone: 'neutral', word: 'Does not apply' },
};

function Row({ item }: { item: MetricObjectiveDto }) {
  const { tone, word } = STATES[item.state];
  return (
    <li className={rowClass}>
      <div className="flex min-w-0 flex-1 flex-col max-sm:basis-full">
        <Link
          href="/checklist"
          prefetch={false}
          className="self-start break-all font-mono text-sm hover:underline"
        >
          {item.objective}
        </Link>
        <span className="break-words text-sm text-muted">{item.reason}</span>
      </div>
      <span className={rowEndClass}>
        <Status tone={tone}>{word}</Status>
        <Time value={item.at} precision="day" className="text-sm text-muted" />
      </span>
    </li>
  );
}

/** The objectives of the checklist that a number counts. */
export function MetricObjectives({ asked, onClose }: { asked: ObjectivesAsked; onClose: () => void }) {
  const query = useInfiniteQuery(metricObjectivesQuery(asked));
  const what = asked.series === 'failing' ? 'Failing objectives' : 'Objectives';
  return (
    <RowsDrawer
      title={`${what}, ${monthLabel(asked.month)}`}
      description="each since when, and why"
      query={query}
      what="objectives"
      onClose={onClose}
    >
      {(item) => <Row key={item.objective} item={item} />}
    </RowsDrawer>
  );
}
