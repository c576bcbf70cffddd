'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { ErrorState } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Status } from '@/components/ui/status';
import type { ExplainRouteDto, RouteOutcome } from '@/lib/access/gate-routes/contract';
import { explainRoute } from './gate-routes.queries';
import { RouteAccepts, RouteAccess } from './routes-table';

const REFUSED_WORDS: Record<Exclude<RouteOutcome, 'route'>, string> = {
  no_route: 'No matching route: denied with 403 ROUTE_DENIED',
  ambiguous_host: 'The host is not valid: denied with 403 AMBIGUOUS_REQUEST',
  ambiguous_path: 'Servers may interpret this path differently: denied with 403 AMBIGUOUS_PATH',
  ambiguous_case: 'Another route matches this path in lower case: denied with 403 AMBIGUOUS_PATH',
};

function Answer({ answer }: { answer: ExplainRouteDto }) {
  const { outcome, host, path, route } = answer;
  return (
    <div className="flex flex-col gap-3" aria-live="polite">
      {outcome === 'route' && route ? (
        <DescriptionList>
          <DescriptionItem label="Route">
            <code className="font-mono text-sm">{route.name}</code>{' '}
            <span className="text-faint">line {route.line}</span>
          </DescriptionItem>
          <DescriptionItem label="Normalized path">
            <code className="break-all font-mono text-sm">
              {host}
              {path}
            </code>
          </DescriptionItem>
          <DescriptionItem label="Access">
            <RouteAccess route={route} />
          </DescriptionItem>
          <DescriptionItem label="Accepts">
            <RouteAccepts route={route} />
          </DescriptionItem>
        </DescriptionList>
      ) : null}
      {outcome === 'route' ? null : <Status tone="danger">{REFUSED_WORDS[outcome]}</Status>}
    </div>
  );
}

/** "Which route would apply to…": describes a request and shows the route that decides on it. */
export function ExplainForm() {
  const [method, setMethod] = useState('GET');
  const [url, setUrl] = useState('');
  const explain = useMutation({ mutationFn: explainRoute });
  const fields = explain.error instanceof ApiError ? explain.error.fields : [];
  const problemOf = (name: string) => fields.find(({ path }) => path === name)?.message;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    explain.mutate({ method, url });
  };
  return (
    <div className="flex flex-col gap-4">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-[8rem_1fr]">
          <Field label="Method" error={problemOf('method')}>
            <Input mono value={method} onChange={(event) => setMethod(event.currentTarget.value)} />
          </Field>
          <Field
            label="Address"
            hint="The URL the client requests, such as https://api.example.org/orders/17"
            error={problemOf('url')}
          >
            <Input mono value={url} onChange={(event) => setUrl(event.currentTarget.value)} />
          </Field>
        </div>
        <div>
          <Button type="submit" loading={explain.isPending}>
            Test request
          </Button>
        </div>
      </form>
      {explain.error && fields.length === 0 ? (
        <ErrorState
          title="Could not test the request"
          requestId={explain.error instanceof ApiError ? (explain.error.requestId ?? undefined) : undefined}
        >
          {explain.error.message}
        </ErrorState>
      ) : null}
      {explain.data ? <Answer answer={explain.data} /> : null}
    </div>
  );
}
