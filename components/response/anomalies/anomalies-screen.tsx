'use client';

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Radar, X } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import { monthLabel } from '@/components/charts/month-chart-data';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button, ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageBody, PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Time } from '@/components/ui/time';
import {
  ANOMALY_MUTED_ASKED,
  ANOMALY_STATES,
  ANOMALY_STATES_ASKED,
  type RuleListDto,
} from '@/lib/response/anomalies/contract';
import { anomaliesQuery, rulesQuery } from './anomalies.queries';
import { anomalyParsers } from './anomaly-params';
import { AnomalyRow } from './anomaly-row';
import { AnomalyTabs } from './anomaly-tabs';

const STATE_LABELS = { ...ANOMALY_STATES, judged: 'Triaged', any: 'Any state' } as const;
const STATE_OPTIONS = ANOMALY_STATES_ASKED.map((value) => ({ value, label: STATE_LABELS[value] }));
const MUTED_LABELS = { hide: 'Hide muted', show: 'Include muted', only: 'Muted only' } as const;
const MUTED_OPTIONS = ANOMALY_MUTED_ASKED.map((value) => ({ value, label: MUTED_LABELS[value] }));

function Nothing({ rules, isFiltered }: { rules: RuleListDto | undefined; isFiltered: boolean }) {
  const isOn = rules?.items.some(({ isEnabled }) => isEnabled) ?? false;
  if (isFiltered)
    return (
      <EmptyState icon={<Radar aria-hidden />} title="No matching anomalies">
        Try another state or month, or include muted anomalies.
      </EmptyState>
    );
  return (
    <EmptyState
      icon={<Radar aria-hidden />}
      title={isOn ? 'No open anomalies' : 'No rules are on yet'}
      action={<ButtonLink href="/anomalies/rules">Open rules</ButtonLink>}
    >
      {isOn
        ? 'Active rules check the audit log every minute. Unusual activity appears here.'
        : 'Replay a rule over the last 30 days to see what it would have found, then turn it on.'}
    </EmptyState>
  );
}

/** What the rules found, with why, and how people judged it. */
export function AnomaliesScreen({ canWrite }: { canWrite: boolean }) {
  const [url, setUrl] = useQueryStates(anomalyParsers, { history: 'push' });
  const query = useInfiniteQuery(anomaliesQuery(url));
  const rules = useQuery(rulesQuery);
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const on = rules.data?.items.filter(({ isEnabled }) => isEnabled).length;
  return (
    <PageBody width="read">
      <PageHeader
        title="Anomalies"
        status={on === undefined ? null : `${on} of ${rules.data?.items.length} rules are on.`}
        actions={
          <div className="flex flex-wrap items-center gap-3">
            {url.from || url.to ? (
              <Button onClick={() => void setUrl({ from: null, to: null })}>
                Found
                {url.from ? (
                  <>
                    {' '}
                    from <Time value={url.from} precision="minute" />
                  </>
                ) : null}
                {url.to ? (
                  <>
                    {' '}
                    to <Time value={url.to} precision="minute" />
                  </>
                ) : null}
                <X aria-label="Show all times" />
              </Button>
            ) : null}
            {url.month ? (
              <Button onClick={() => void setUrl({ month: null })}>
                Found in {monthLabel(url.month)}
                <X aria-label="Show all months" />
              </Button>
            ) : null}
            <Select
              aria-label="Muted"
              className="w-44"
              options={MUTED_OPTIONS}
              value={url.muted}
              onValueChange={(muted) => void setUrl({ muted })}
            />
            <Select
              aria-label="State"
              className="w-40"
              options={STATE_OPTIONS}
              value={url.state}
              onValueChange={(state) => void setUrl({ state })}
            />
          </div>
        }
        tabs={<AnomalyTabs current="/anomalies" />}
      />
      <QueryProblem queries={[query, rules]} title="Could not refresh the anomalies" />
      {query.isPending ? <SkeletonLines lines={6} label="Loading anomalies" /> : null}
      {query.isSuccess && items.length === 0 ? (
        <Nothing
          rules={rules.data}
          isFiltered={
            url.state !== 'open' ||
            url.muted !== 'hide' ||
            [url.rule, url.month, url.from, url.to].some((value) => value !== null)
          }
        />
      ) : null}
      {items.length > 0 ? (
        <Panel>
          <ul aria-label="Anomalies">
            {items.map((anomaly) => (
              <AnomalyRow
                key={anomaly.id}
                anomaly={anomaly}
                canWrite={canWrite}
                isMarked={anomaly.id === url.open}
              />
            ))}
          </ul>
        </Panel>
      ) : null}
      {query.hasNextPage ? (
        <div>
          <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </PageBody>
  );
}
