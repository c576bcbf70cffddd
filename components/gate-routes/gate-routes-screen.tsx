'use client';

import { useQuery } from '@tanstack/react-query';
import { Route } from 'lucide-react';
import { ApiError } from '@/components/shell/api-client';
import { Callout } from '@/components/ui/callout';
import { CodeBlock } from '@/components/ui/code-block';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Tabs } from '@/components/ui/tabs';
import { Time } from '@/components/ui/time';
import type { GateRoutesDto } from '@/lib/gate-routes/contract';
import { ExplainForm } from './explain-form';
import { gateRoutesQuery } from './gate-routes.queries';
import { RoutesTable } from './routes-table';
import { PROXIES, PROXY_FILES, PROXY_LABELS, setupSnippet } from './setup-snippets.utils';

function statusSentence({ routes, problems }: GateRoutesDto): string {
  if (problems.length > 0) return 'The newest version of the file is not in force.';
  if (routes.length === 0) return 'No route: every request that a proxy asks about is refused.';
  const open = routes.filter(({ access }) => access === 'public').length;
  const routeWords = routes.length === 1 ? '1 route' : `${routes.length} routes`;
  return `${routeWords}, ${open === 0 ? 'none' : open} of them public. What fits none is refused.`;
}

function Problems({ data }: { data: GateRoutesDto }) {
  if (data.problems.length === 0) return null;
  const title = data.hash
    ? `${data.file} is not valid: the version before it stays in force`
    : `${data.file} is not valid`;
  return (
    <Callout tone="danger" title={title}>
      <ul>
        {data.problems.map(({ line, column, path, message }) => (
          <li key={`${line}:${column}:${message}`}>
            <span className="font-mono">
              {line}:{column} {path}
            </span>{' '}
            {message}
          </li>
        ))}
      </ul>
    </Callout>
  );
}

function Facts({ data }: { data: GateRoutesDto }) {
  return (
    <DescriptionList>
      <DescriptionItem label="File">
        <code className="break-all font-mono text-sm">{data.file}</code>
      </DescriptionItem>
      <DescriptionItem label="Version">
        <code className="font-mono text-sm">{data.hash ?? '–'}</code>{' '}
        <span className="text-muted">as the gate says in /readyz</span>
      </DescriptionItem>
      <DescriptionItem label="Read at">
        {data.loadedAt ? <Time value={data.loadedAt} /> : '–'}
      </DescriptionItem>
      <DescriptionItem label="Trusted proxies">
        <code className="break-all font-mono text-sm">
          {data.trustedProxies.length === 0 ? 'none: nobody may ask' : data.trustedProxies.join(', ')}
        </code>
      </DescriptionItem>
    </DescriptionList>
  );
}

function Setup({ gateUrl }: { gateUrl: string }) {
  const tabs = PROXIES.map((proxy) => ({
    value: proxy,
    label: PROXY_LABELS[proxy],
    content: (
      <div className="flex flex-col gap-3">
        <CodeBlock code={setupSnippet(proxy, gateUrl)} copyLabel={`Copy for ${PROXY_LABELS[proxy]}`} />
        <p className="text-muted text-sm">
          The complete file, tested, is <code className="font-mono">{PROXY_FILES[proxy]}</code>.
        </p>
      </div>
    ),
  }));
  return <Tabs label="Proxy" tabs={tabs} />;
}

/** Policies → Gate routes: what proxies may pass on, from which line, and how to set one up. */
export function GateRoutesScreen({ initial }: { initial: GateRoutesDto }) {
  const { data, error, refetch, isFetching } = useQuery({ ...gateRoutesQuery, initialData: initial });
  return (
    <PageBody width="read">
      <PageHeader title="Gate routes" status={statusSentence(data)} />
      {error ? (
        <ErrorState
          title="The routes could not be refreshed"
          onRetry={() => refetch()}
          retrying={isFetching}
          requestId={error instanceof ApiError ? (error.requestId ?? undefined) : undefined}
        >
          {error.message}
        </ErrorState>
      ) : null}
      <Problems data={data} />
      <PageSection title="In force" description="The first route that fits decides.">
        {data.routes.length === 0 ? (
          <EmptyState icon={<Route aria-hidden />} title="The file holds no route">
            Add one to {data.file}; it is read again by itself. The file explains itself.
          </EmptyState>
        ) : (
          <RoutesTable routes={data.routes} />
        )}
        <Facts data={data} />
      </PageSection>
      <PageSection title="Which route would apply" description="Nothing is recorded.">
        <ExplainForm />
      </PageSection>
      <PageSection title="Set up a proxy" description="With the address of this installation’s gate.">
        <Setup gateUrl={data.gateUrl} />
      </PageSection>
    </PageBody>
  );
}
