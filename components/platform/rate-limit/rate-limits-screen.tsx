'use client';

import { useQuery } from '@tanstack/react-query';
import { Gauge } from 'lucide-react';
import { ApiError } from '@/components/shell/api-client';
import { Callout } from '@/components/ui/callout';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Time } from '@/components/ui/time';
import type { RateLimitsDto } from '@/lib/platform/rate-limit/contract';
import { ExplainForm } from './explain-form';
import { statusSentence } from './limit-words';
import { rateLimitsQuery } from './rate-limits.queries';
import { TopSubjects, Violations } from './refused-tables';
import { RulesTable } from './rules-table';

const STORE_WORDS: Record<RateLimitsDto['state']['store'], string> = {
  memory: 'In each process’s memory. Set REDIS_URL to share counters.',
  redis: 'Redis, shared by all processes',
  fallback: 'In each process’s memory, because Redis is not responding',
};

function Problems({ state }: { state: RateLimitsDto['state'] }) {
  return (
    <>
      {state.store === 'fallback' ? (
        <Callout tone="warning" title="Redis is not responding. Rate limits are counted per process.">
          Since <Time value={state.since} />. Each process allows {Math.round(state.fallbackShare * 100)}% of
          each quota. Shared counting resumes automatically. Check the Redis server at REDIS_URL.{' '}
          {state.storeError}
        </Callout>
      ) : null}
      {state.problems.length > 0 ? (
        <Callout tone="danger" title={`${state.file} is not valid. The previous version is still in effect.`}>
          <ul>
            {state.problems.map(({ line, column, message }) => (
              <li key={`${line}:${column}:${message}`}>
                <span className="font-mono">
                  {line}:{column}
                </span>{' '}
                {message}
              </li>
            ))}
          </ul>
        </Callout>
      ) : null}
    </>
  );
}

function Facts({ state }: { state: RateLimitsDto['state'] }) {
  return (
    <DescriptionList>
      <DescriptionItem label="File">
        <code className="break-all font-mono text-sm">{state.file}</code>
      </DescriptionItem>
      <DescriptionItem label="Active since">
        <Time value={state.loadedAt} />
      </DescriptionItem>
      <DescriptionItem label="Counted in">{STORE_WORDS[state.store]}</DescriptionItem>
      <DescriptionItem label="Fallbacks of the console">
        {state.fallbacks === 0 ? 'None since it started' : state.fallbacks}
      </DescriptionItem>
    </DescriptionList>
  );
}

function Refused({ limits }: { limits: RateLimitsDto }) {
  if (limits.refused === 0) {
    return (
      <EmptyState icon={<Gauge aria-hidden />} title="No requests were rate limited in the last hour">
        Rate-limited requests appear here within seconds, with their IP address and key.
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      <TopSubjects subjects={limits.topSubjects} />
      <Violations violations={limits.violations} href={limits.refusedHref} />
    </div>
  );
}

/** Policies → Rate limits: what is in force, from which line, and what it does. */
export function RateLimitsScreen({ initial }: { initial: RateLimitsDto }) {
  const { data, error, refetch, isFetching } = useQuery({ ...rateLimitsQuery, initialData: initial });
  return (
    <PageBody width="read">
      <PageHeader title="Rate limits" status={statusSentence(data)} />
      {error ? (
        <ErrorState
          title="Could not refresh the rate limits"
          onRetry={() => refetch()}
          retrying={isFetching}
          requestId={error instanceof ApiError ? (error.requestId ?? undefined) : undefined}
        >
          {error.message}
        </ErrorState>
      ) : null}
      <Problems state={data.state} />
      <PageSection
        title="Active limits"
        description="In file order. A request must be within every limit that applies to it."
      >
        {data.rules.length === 0 ? (
          <EmptyState title="No rate limits defined">
            Only limits set on individual keys apply. Add a limit to {data.state.file}.
          </EmptyState>
        ) : (
          <RulesTable rules={data.rules} />
        )}
        <Facts state={data.state} />
      </PageSection>
      <PageSection
        title="Denied requests"
        description={
          data.searchedTo ? (
            <>
              High log volume: showing only requests since <Time value={data.searchedTo} />.
            </>
          ) : (
            'In the last hour, from the audit log.'
          )
        }
      >
        <Refused limits={data} />
      </PageSection>
      <PageSection
        title="Test a request"
        description="Uses the active version. The test does not count against any limit."
      >
        <ExplainForm />
      </PageSection>
    </PageBody>
  );
}
