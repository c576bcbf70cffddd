'use client';

import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import type { ReactNode } from 'react';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { ErrorState } from '@/components/ui/error-state';
import { PageBody, PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { HEALTH_PARTS, type HealthDto, type HealthPartDto } from '@/lib/insight/overview/contract';
import { healthParsers, shownParts } from './settings-params';

const REFETCH_MS = 10_000;

const STATE: Record<
  HealthPartDto['state'],
  { tone: 'success' | 'warning' | 'danger' | 'neutral'; word: string }
> = {
  ok: { tone: 'success', word: 'Healthy' },
  degraded: { tone: 'warning', word: 'Degraded' },
  down: { tone: 'danger', word: 'Down' },
  unknown: { tone: 'neutral', word: 'Unknown' },
};

function statusSentence(parts: readonly HealthPartDto[]): string {
  const unwell = parts
    .filter((part) => part.state !== 'ok')
    .map((part) => HEALTH_PARTS[part.part].toLowerCase());
  return unwell.length === 0 ? 'All components are healthy.' : `Needs attention: ${unwell.join(', ')}.`;
}

function PartRow({ part }: { part: HealthPartDto }) {
  const state = STATE[part.state];
  return (
    <li className="grid gap-x-4 gap-y-1 border-line border-t px-4 py-3 first:border-t-0 sm:grid-cols-[8rem_8rem_1fr]">
      <span className="font-medium">{HEALTH_PARTS[part.part]}</span>
      <Status tone={state.tone}>{state.word}</Status>
      <span className="flex min-w-0 flex-col text-sm">
        <span className="break-words">{part.detail}</span>
        {part.remedy ? <span className="text-muted">{part.remedy}</span> : null}
      </span>
    </li>
  );
}

export function HealthScreen({ initial, children }: { initial: HealthDto; children?: ReactNode }) {
  const [{ show }, setUrl] = useQueryStates(healthParsers, { history: 'push' });
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => apiFetch<HealthDto>('/health', { signal }),
    initialData: initial,
    refetchInterval: REFETCH_MS,
  });
  return (
    <PageBody width="read">
      <PageHeader
        title="Health"
        status={statusSentence(data.parts)}
        actions={
          <>
            {show ? (
              <Button onClick={() => void setUrl({ show: null })}>
                {show === 'problems' ? 'Problems only' : 'Failed jobs only'}
                <X aria-label="Show everything" />
              </Button>
            ) : null}
            <Button onClick={() => refetch()} loading={isFetching}>
              Check again
            </Button>
          </>
        }
      />
      {error ? (
        <ErrorState
          title="Could not refresh the health status"
          onRetry={() => refetch()}
          requestId={error instanceof ApiError ? (error.requestId ?? undefined) : undefined}
        >
          {error.message}
        </ErrorState>
      ) : null}
      {show === 'failed_jobs' ? null : (
        <>
          <Panel>
            <ul>
              {shownParts(data.parts, show).map((part) => (
                <PartRow key={part.part} part={part} />
              ))}
            </ul>
          </Panel>
          <p className="text-faint text-sm">
            Checked <Time value={data.asOf} />
          </p>
        </>
      )}
      {show === 'problems' ? null : children}
    </PageBody>
  );
}
