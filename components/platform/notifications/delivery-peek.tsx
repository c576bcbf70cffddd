'use client';

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { PeekContent } from '@/components/data-table/data-view-types';
import { FilterValue } from '@/components/data-table/filter-value';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { Button, ButtonLink } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { DeliveryDetailDto, DeliveryDto } from '@/lib/platform/notifications/contract';
import { DeliveryStatus, NoticeMark, typeWords } from './notice-words';
import { deliveryQuery, notificationKeys } from './notifications.queries';

type Attempt = DeliveryDetailDto['attemptLog'][number];

const OUTCOME = {
  succeeded: { tone: 'success', label: 'Delivered' },
  retry: { tone: 'warning', label: 'Failed, retried' },
  failed: { tone: 'danger', label: 'Failed' },
} as const;

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-xs font-medium text-faint">{title}</h3>
      {children}
    </section>
  );
}

function AttemptPart({ attempt }: { attempt: Attempt }) {
  const { tone, label } = OUTCOME[attempt.outcome];
  return (
    <details className="rounded-md border border-line" open={attempt.outcome !== 'succeeded'}>
      <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-sm">
        <span className="font-medium">Attempt {attempt.number}</span>
        <Status tone={tone}>{attempt.status === null ? label : `${label}, ${attempt.status}`}</Status>
        <span className="text-faint">{attempt.durationMs} ms</span>
        <span className="ml-auto text-faint">
          <Time value={attempt.at} precision="second" />
        </span>
      </summary>
      <div className="flex flex-col gap-3 border-t border-line p-3">
        {attempt.error ? <p className="text-sm">{attempt.error}</p> : null}
        {attempt.retryAt ? (
          <p className="text-sm text-muted">
            Next try <Time value={attempt.retryAt} precision="second" />
          </p>
        ) : null}
        <CodeBlock caption="Request" code={attempt.request} wrap />
        {attempt.response ? <CodeBlock caption="Response" code={attempt.response} wrap /> : null}
      </div>
    </details>
  );
}

function DeliveryBody({ delivery }: { delivery: DeliveryDto }) {
  const detail = useQuery(deliveryQuery(delivery.id));
  return (
    <div className="flex flex-col gap-5">
      <DescriptionList>
        <DescriptionItem label="State">
          <DeliveryStatus state={delivery.state} attempts={delivery.attempts} />
        </DescriptionItem>
        <DescriptionItem label="Channel">
          <FilterValue filterKey="channel" value={delivery.channelName} />
        </DescriptionItem>
        <DescriptionItem label="Recipient">
          {delivery.recipient || <span className="text-faint">–</span>}
        </DescriptionItem>
        <DescriptionItem label="Created">
          <Time value={delivery.createdAt} precision="second" />
        </DescriptionItem>
        <DescriptionItem label="Next attempt">
          <Time value={delivery.nextAttemptAt} precision="second" />
        </DescriptionItem>
        <DescriptionItem label="Last error">
          {delivery.lastError ?? <span className="text-faint">–</span>}
        </DescriptionItem>
      </DescriptionList>
      <QueryProblem queries={[detail]} title="Could not load the attempts" />
      {detail.isPending ? <SkeletonLines lines={6} label="Loading attempts" /> : null}
      {detail.data ? <Detail detail={detail.data} /> : null}
    </div>
  );
}

function Detail({ detail }: { detail: DeliveryDetailDto }) {
  return (
    <>
      {detail.notices.length > 0 ? (
        <Part title={detail.notices.length === 1 ? 'Notice' : `${detail.notices.length} notifications`}>
          <ul className="flex flex-col gap-1.5">
            {detail.notices.map((notice) => (
              <li key={notice.id} className="flex items-start gap-2 text-sm">
                <NoticeMark severity={notice.severity} />
                <a className="min-w-0 hover:underline" href={notice.action.path}>
                  {notice.title}
                </a>
              </li>
            ))}
          </ul>
        </Part>
      ) : null}
      <Part title="Attempts">
        {detail.attemptLog.length === 0 ? (
          <p className="text-sm text-muted">Not attempted yet.</p>
        ) : (
          detail.attemptLog
            .toReversed()
            .map((attempt) => <AttemptPart key={attempt.number} attempt={attempt} />)
        )}
      </Part>
    </>
  );
}

function Redeliver({ delivery }: { delivery: DeliveryDto }) {
  const again = useAction<DeliveryDto>({
    run: ({ id }) => apiFetch(`/notifications/deliveries/${id}/redeliver`, { method: 'POST' }),
    refresh: [notificationKeys.deliveries],
    done: () => ({ title: 'Sent again as a new delivery' }),
    failed: 'Could not send it again',
  });
  const isFinished = delivery.state === 'succeeded' || delivery.state === 'failed';
  return (
    <Button disabled={!isFinished} loading={again.isPending} onClick={() => again.mutate(delivery)}>
      Send again
    </Button>
  );
}

export function deliveryPeek(delivery: DeliveryDto, canWrite: boolean): PeekContent {
  return {
    title: delivery.title,
    description: typeWords(delivery.type),
    body: <DeliveryBody key={delivery.id} delivery={delivery} />,
    footer: (
      <>
        <ButtonLink href="/settings/notifications">Channels</ButtonLink>
        {canWrite ? <Redeliver key={delivery.id} delivery={delivery} /> : null}
      </>
    ),
  };
}
