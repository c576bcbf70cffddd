'use client';

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import type { ReactNode } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { AlertDialog } from '@/components/ui/alert-dialog';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { SkeletonLines } from '@/components/ui/skeleton';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { Status } from '@/components/ui/status';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { DeadLetterDto, DeadLetterListDto, QueueDto, QueueListDto } from '@/lib/platform/jobs/contract';
import { healthParsers } from './settings-params';

const REFETCH_MS = 10_000;
const queueKeys = { queues: ['jobs', 'queues'], deadLetters: ['jobs', 'dead-letters'] } as const;

function QueueRow({ queue }: { queue: QueueDto }) {
  return (
    <StackedRow>
      <TableCell>
        <span className="flex flex-col">
          <span className="font-medium">{queue.label}</span>
          <span className="font-mono text-xs text-muted">{queue.name}</span>
        </span>
      </TableCell>
      <TableCell numeric>{queue.waiting}</TableCell>
      <TableCell>
        <Time value={queue.oldestAt} mode="relative" />
      </TableCell>
      <TableCell numeric>{queue.active}</TableCell>
      <TableCell numeric>{queue.retrying}</TableCell>
      <TableCell numeric>{queue.done}</TableCell>
      <TableCell>
        {queue.deadLetters === 0 ? (
          <Status tone="success">None</Status>
        ) : (
          <Status tone="danger">{`${queue.deadLetters} failed`}</Status>
        )}
      </TableCell>
    </StackedRow>
  );
}

function DeadLetterRow({ letter, canWrite }: { letter: DeadLetterDto; canWrite: boolean }) {
  const refresh = [queueKeys.queues, queueKeys.deadLetters];
  const retry = useAction<void>({
    run: () => apiFetch(`/jobs/dead-letters/${letter.id}/retry`, { method: 'POST' }),
    refresh,
    done: () => ({ title: 'Job queued again' }),
    failed: 'Could not retry the job',
  });
  const discard = useAction<void>({
    run: () => apiFetch(`/jobs/dead-letters/${letter.id}/discard`, { method: 'POST' }),
    refresh,
    done: () => ({ title: 'The job is discarded' }),
    failed: 'Could not discard the job',
  });
  return (
    <StackedRow>
      <TableCell className="font-medium">{letter.label}</TableCell>
      <TableCell>
        <span className="flex min-w-48 flex-col">
          <span>{letter.reason}</span>
          <code className="break-all text-xs text-muted">{JSON.stringify(letter.payload)}</code>
        </span>
      </TableCell>
      <TableCell numeric>{letter.attempts}</TableCell>
      <TableCell>
        <Time value={letter.failedAt} precision="minute" />
      </TableCell>
      <TableCell>
        {canWrite ? (
          <span className="flex justify-end gap-2">
            <Button size="sm" loading={retry.isPending} onClick={() => retry.mutate()}>
              Retry
            </Button>
            <AlertDialog
              trigger={
                <Button size="sm" variant="danger-quiet">
                  Discard
                </Button>
              }
              title="Discard this job?"
              description="The job’s work will not be done. You cannot undo this."
              confirmLabel="Discard job"
              tone="danger"
              onConfirm={() => discard.mutateAsync()}
            />
          </span>
        ) : null}
      </TableCell>
    </StackedRow>
  );
}

function DeadLetters({
  letters,
  canWrite,
  more,
}: {
  letters: readonly DeadLetterDto[];
  canWrite: boolean;
  more: ReactNode;
}) {
  if (letters.length === 0) return null;
  return (
    <PageSection title="Failed jobs" description="These jobs failed every attempt. Retry or discard them.">
      <Panel className="overflow-x-auto px-4">
        <StackedTable aria-label="Failed jobs" columns={['Job', 'Reason', 'Attempts', 'Failed']} hasActions>
          {letters.map((letter) => (
            <DeadLetterRow key={letter.id} letter={letter} canWrite={canWrite} />
          ))}
        </StackedTable>
      </Panel>
      {more}
    </PageSection>
  );
}

/** Work in the background of this tenant: the queues, and what failed for good. */
export function QueuesSection({ canWrite }: { canWrite: boolean }) {
  const queues = useQuery({
    queryKey: queueKeys.queues,
    queryFn: ({ signal }) => apiFetch<QueueListDto>('/jobs/queues', { signal }),
    refetchInterval: REFETCH_MS,
  });
  const [{ show }] = useQueryStates(healthParsers);
  const letters = useInfiniteQuery({
    queryKey: queueKeys.deadLetters,
    queryFn: ({ signal, pageParam }) =>
      apiFetch<DeadLetterListDto>('/jobs/dead-letters', { query: { cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: REFETCH_MS,
  });
  const failed = letters.data?.pages.flatMap(({ items }) => items) ?? [];
  const more = letters.hasNextPage ? (
    <div>
      <Button loading={letters.isFetchingNextPage} onClick={() => void letters.fetchNextPage()}>
        Show more
      </Button>
    </div>
  ) : null;
  return (
    <>
      <QueryProblem queries={[queues, letters]} title="Could not load the queues" />
      <DeadLetters letters={failed} canWrite={canWrite} more={more} />
      {show === 'failed_jobs' && letters.isSuccess && failed.length === 0 ? (
        <EmptyState title="No failed jobs">Every background job was done, or is being retried.</EmptyState>
      ) : null}
      {show === 'failed_jobs' ? null : <Queues queues={queues.data} isPending={queues.isPending} />}
    </>
  );
}

function Queues({ queues, isPending }: { queues: QueueListDto | undefined; isPending: boolean }) {
  return (
    <PageSection title="Queues" description="Background jobs for this tenant.">
      {isPending ? <SkeletonLines lines={3} label="Loading the queues" /> : null}
      {queues ? (
        <Panel className="overflow-x-auto px-4">
          <StackedTable
            aria-label="Queues"
            columns={[
              'Queue',
              'Waiting',
              'Oldest',
              'Running',
              'Retrying',
              'Done in 7 days',
              'Failed permanently',
            ]}
          >
            {queues.items.map((queue) => (
              <QueueRow key={queue.name} queue={queue} />
            ))}
          </StackedTable>
        </Panel>
      ) : null}
    </PageSection>
  );
}
