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
import type { RateLimitsDto } from '@/lib/rate-limit/contract';
import { ExplainForm } from './explain-form';
import { rateLimitsQuery } from './rate-limits.queries';
import { statusSentence } from './rate-limits.utils';
import { TopSubjects, Violations } from './refused-tables';
import { RulesTable } from './rules-table';

const STORE_WORDS: Record<RateLimitsDto['state']['store'], string> = {
  memory: 'Memory of each process; set REDIS_URL to count together',
  redis: 'Redis, shared by all processes',
  fallback: 'Memory of each process, because Redis does not answer',
};

function Problems({ state }: { state: RateLimitsDto['state'] }) {
  return (
    <>
      {state.store === 'fallback' ? (
        <Callout tone="warning" title="Redis does not answer: limits are counted in each process">
          Since <Time value={state.since} />. Each process admits {Math.round(state.fallbackShare * 100)} % of
          every quota. It returns by itself; look at the Redis behind REDIS_URL. {state.storeError}
        </Callout>
      ) : null}
      {state.problems.length > 0 ? (
        <Callout tone="danger" title={`${state.file} is not valid: the version before it stays in force`}>
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
      <DescriptionItem label="In force since">
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
      <EmptyState icon={<Gauge aria-hidden />} title="No request was refused in the last hour">
        What a limit refuses appears here within seconds, with the address and the key.
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      <TopSubjects subjects={limits.topSubjects} />
      <Violations violations={limits.violations} />
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
          title="The limits could not be refreshed"
          onRetry={() => refetch()}
          retrying={isFetching}
          requestId={error instanceof ApiError ? (error.requestId ?? undefined) : undefined}
        >
          {error.message}
        </ErrorState>
      ) : null}
      <Problems state={data.state} />
      <PageSection
        title="In force"
        description="In the order of the file. A request must fit into all that apply to it."
      >
        {data.rules.length === 0 ? (
          <EmptyState title="The file holds no limit">
            Nothing is limited but what is stored on single keys. Add a limit to {data.state.file}.
          </EmptyState>
        ) : (
          <RulesTable rules={data.rules} />
        )}
        <Facts state={data.state} />
      </PageSection>
      <PageSection
        title="Refused"
        description={
          data.searchedTo ? (
            <>
              The log is busy: only requests since <Time value={data.searchedTo} /> were looked at.
            </>
          ) : (
            'In the last hour, from the audit log.'
          )
        }
      >
        <Refused limits={data} />
      </PageSection>
      <PageSection
        title="What would apply to a request"
        description="By the version in force. Nothing is counted."
      >
        <ExplainForm />
      </PageSection>
    </PageBody>
  );
}
