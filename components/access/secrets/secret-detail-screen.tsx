'use client';

import { useQuery } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { ApiError } from '@/components/shell/api-client';
import { PageCrumb } from '@/components/shell/crumbs';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Skeleton, SkeletonLines } from '@/components/ui/skeleton';
import { BACKEND_KINDS, type SecretDetailDto } from '@/lib/access/secrets/contract';
import { ConsumersSection } from './consumers-section';
import { EditSecretDrawer, type Member } from './edit-secret-drawer';
import { SecretProperties } from './secret-properties';
import { SecretState, secretAdvice } from './secret-words';
import { secretQuery } from './secrets.queries';

export interface SecretDetailScreenProps {
  id: string;
  canWrite: boolean;
  members: readonly Member[];
}

export function SecretMissing() {
  return (
    <PageBody>
      <PageHeader
        title="Secret not found"
        status="No secret in this tenant has this ID. It may belong to another tenant."
        actions={<ButtonLink href="/secrets">All secrets</ButtonLink>}
      />
    </PageBody>
  );
}

export function SecretDetailScreen(props: SecretDetailScreenProps) {
  const query = useQuery(secretQuery(props.id));
  if (query.error instanceof ApiError && query.error.status === 404) return <SecretMissing />;
  return (
    <PageBody>
      <QueryProblem queries={[query]} title="Could not refresh this secret" />
      {query.isPending ? <Loading /> : null}
      {query.data ? <Detail {...props} secret={query.data} /> : null}
    </PageBody>
  );
}

function Loading() {
  return (
    <>
      <Skeleton className="h-7 w-56" />
      <SkeletonLines lines={8} label="Loading the secret" />
    </>
  );
}

function Detail({ secret, canWrite, members }: SecretDetailScreenProps & { secret: SecretDetailDto }) {
  const [isEditing, setEditing] = useState(false);
  return (
    <>
      <PageCrumb label={secret.name} />
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="min-w-0 break-all">{secret.name}</span>
            <SecretState secret={secret} look="pill" />
          </span>
        }
        status={<p className="max-w-[70ch] text-pretty">{secretAdvice(secret)}</p>}
      />
      <Twins secret={secret} />
      <PageSection
        title="Properties"
        actions={
          <span className="flex flex-wrap items-center gap-4">
            <Link
              href={`/audit?q=target:${secret.id}`}
              className="text-sm text-accent-text underline-offset-2 hover:underline"
            >
              View changes in the audit log
            </Link>
            {canWrite ? (
              <Button size="sm" onClick={() => setEditing(true)}>
                <Pencil aria-hidden />
                Edit
              </Button>
            ) : null}
          </span>
        }
      >
        <SecretProperties secret={secret} />
        {secret.findingId ? (
          <ButtonLink href={`/findings?open=${secret.findingId}`} className="self-start">
            Open the finding
          </ButtonLink>
        ) : null}
      </PageSection>
      <ConsumersSection secret={secret} canWrite={canWrite} />
      {isEditing ? (
        <EditSecretDrawer secret={secret} members={members} onClose={() => setEditing(false)} />
      ) : null}
    </>
  );
}

/** The other places in which the same value stands: a rotation must reach all of them. */
function Twins({ secret: { twins } }: { secret: SecretDetailDto }) {
  if (twins.length === 0) return null;
  const places = twins.length === 1 ? 'one more place' : `${twins.length} more places`;
  return (
    <Callout tone="warning" title={`The same value stands in ${places}`}>
      <p>Whoever reads one of them has them all. Give each its own value with the next rotation.</p>
      <ul className="mt-1 flex flex-col gap-0.5">
        {twins.map((twin) => (
          <li key={twin.id} className="min-w-0 break-all">
            <Link
              href={`/secrets/${twin.id}`}
              className="text-accent-text underline-offset-2 hover:underline"
            >
              {twin.name}
            </Link>{' '}
            <code className="text-xs">{twin.path}</code>{' '}
            <span className="text-faint">
              {BACKEND_KINDS[twin.backend.kind]} {twin.backend.name}
            </span>
          </li>
        ))}
      </ul>
    </Callout>
  );
}
