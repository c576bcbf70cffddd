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
import type { GateRoutesDto } from '@/lib/access/gate-routes/contract';
import { ExplainForm } from './explain-form';
import { gateRoutesQuery } from './gate-routes.queries';
import { RoutesTable } from './routes-table';
import { PROXIES, PROXY_FILES, PROXY_LABELS, setupSnippet } from './setup-snippets';

function statusSentence({ routes, problems }: GateRoutesDto): string {
  if (problems.length > 0)
    return 'The latest version of the file has errors. The previous version is in effect.';
  if (routes.length === 0) return 'No routes. The gate denies every request from a proxy.';
  const open = routes.filter(({ access }) => access === 'public').length;
  const routeWords = routes.length === 1 ? '1 route' : `${routes.length} routes`;
  return `${routeWords}, ${open === 0 ? 'none' : open} of them public. Requests that match no route are denied.`;
}

function Problems({ data }: { data: GateRoutesDto }) {
  if (data.problems.length === 0) return null;
  const title = data.hash
    ? `${data.file} is not valid. The previous version is still in effect.`
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
        <span className="text-muted">matches the version in the gate’s /readyz response</span>
      </DescriptionItem>
      <DescriptionItem label="Loaded">{data.loadedAt ? <Time value={data.loadedAt} /> : '–'}</DescriptionItem>
      <DescriptionItem label="Trusted proxies">
        <code className="break-all font-mono text-sm">
          {data.trustedProxies.length === 0
            ? 'None. The gate denies all proxies.'
            : data.trustedProxies.join(', ')}
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
          The complete, tested configuration is in <code className="font-mono">{PROXY_FILES[proxy]}</code>.
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
          title="Could not refresh the routes"
          onRetry={() => refetch()}
          retrying={isFetching}
          requestId={error instanceof ApiError ? (error.requestId ?? undefined) : undefined}
        >
          {error.message}
        </ErrorState>
      ) : null}
      <Problems data={data} />
      <PageSection title="Active routes" description="The first matching route decides.">
        {data.routes.length === 0 ? (
          <EmptyState icon={<Route aria-hidden />} title="No routes defined">
            Add one to {data.file}; it reloads automatically. Comments in the file explain each field.
          </EmptyState>
        ) : (
          <RoutesTable routes={data.routes} />
        )}
        <Facts data={data} />
      </PageSection>
      <PageSection title="Test a request" description="See which route would match. The test is not logged.">
        <ExplainForm />
      </PageSection>
      <PageSection title="Set up a proxy" description="Examples use this installation’s gate URL.">
        <Setup gateUrl={data.gateUrl} />
      </PageSection>
    </PageBody>
  );
}
