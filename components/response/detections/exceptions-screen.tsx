'use client';

import { ListChecks } from 'lucide-react';
import { type FormEvent, useCallback, useId, useState } from 'react';
import { DataTableView } from '@/components/data-table/data-view';
import type { DataColumn, FilterKey, PeekContent } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { Tone } from '@/components/ui/tone';
import { visibleText } from '@/components/ui/visible-text';
import {
  EXCEPTION_STATES,
  type ExceptionDto,
  type ExceptionState,
} from '@/lib/response/detections/exception-contract';
import { Part } from './detection-parts';
import { DetectionTabs } from './detection-tabs';
import { kindWords } from './detection-words';
import { detectionKeys } from './detections.queries';
import { fetchException, fetchExceptions } from './exceptions.queries';
import { Replay } from './replay-words';

const TONES: Record<ExceptionState, Tone> = {
  waiting: 'warning',
  active: 'success',
  expired: 'neutral',
  ended: 'neutral',
};

function State({ state, look }: { state: ExceptionState; look?: 'pill' }) {
  return (
    <Status tone={TONES[state]} look={look}>
      {EXCEPTION_STATES[state]}
    </Status>
  );
}

const fieldWords = ({ fields }: ExceptionDto) =>
  Object.entries(fields)
    .map(([name, value]) => visibleText(`${name}=${value}`))
    .join(' ');

const columns: readonly DataColumn<ExceptionDto>[] = [
  {
    id: 'rule',
    header: 'Rule',
    width: 232,
    hideable: false,
    cell: ({ rule }) => <span className="truncate">{visibleText(rule)}</span>,
    filterKey: 'rule',
    filterValue: ({ rule }) => rule,
  },
  {
    id: 'fields',
    header: 'Fields',
    cell: (exception) => <code className="truncate text-xs">{fieldWords(exception)}</code>,
  },
  {
    id: 'state',
    header: 'State',
    width: 176,
    cell: ({ state }) => <State state={state} />,
    filterKey: 'state',
    filterValue: ({ state }) => state,
  },
  {
    id: 'covered',
    header: 'Covered',
    width: 88,
    align: 'right',
    cell: ({ covered, origin }) => (origin === 'file' ? '–' : covered.toLocaleString('en')),
  },
  {
    id: 'expiresAt',
    header: 'Ends',
    width: 104,
    cell: ({ expiresAt }) => <Time value={expiresAt} mode="relative" />,
  },
  { id: 'requestedBy', header: 'Requested by', width: 144, cell: ({ requestedBy }) => requestedBy },
];

const filterKeys: readonly FilterKey[] = [
  { key: 'state', label: 'State', values: Object.keys(EXCEPTION_STATES) },
  { key: 'rule', label: 'Falco rule or alert name' },
];

function Card({ exception }: { exception: ExceptionDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-2">
        <span className="min-w-0 text-base font-medium break-words">{visibleText(exception.rule)}</span>
        <State state={exception.state} />
      </span>
      <code className="line-clamp-2 text-xs break-all text-muted">{fieldWords(exception)}</code>
      <span className="text-xs text-faint">
        {exception.requestedBy}, ends <Time value={exception.expiresAt} mode="relative" />
      </span>
    </span>
  );
}

function Body({ exception }: { exception: ExceptionDto }) {
  const { approvedBy, approvedAt, endedBy, endedAt, endedReason, requestedAt, replay } = exception;
  return (
    <div className="flex flex-col gap-5">
      <State state={exception.state} look="pill" />
      <p className="text-sm break-words whitespace-pre-wrap">{exception.reason}</p>
      <DescriptionList>
        {Object.entries(exception.fields).map(([name, value]) => (
          <DescriptionItem key={name} label={<code className="text-xs break-all">{name}</code>}>
            <code className="text-xs break-all">{visibleText(value)}</code>
          </DescriptionItem>
        ))}
      </DescriptionList>
      <DescriptionList>
        <DescriptionItem label="Requested">
          {exception.requestedBy}
          {requestedAt ? (
            <>
              , <Time value={requestedAt} />
            </>
          ) : null}
        </DescriptionItem>
        {approvedBy ? (
          <DescriptionItem label="Approved">
            {approvedBy}
            {approvedAt ? (
              <>
                , <Time value={approvedAt} />
              </>
            ) : null}
          </DescriptionItem>
        ) : null}
        <DescriptionItem label="Ends">
          <Time value={exception.expiresAt} />
        </DescriptionItem>
        {endedAt ? (
          <DescriptionItem label="Ended">
            {endedBy}, <Time value={endedAt} />
            {endedReason ? `: ${endedReason}` : ''}
          </DescriptionItem>
        ) : null}
        {exception.origin === 'console' ? (
          <DescriptionItem label="Covered">{exception.covered.toLocaleString('en')} events</DescriptionItem>
        ) : null}
      </DescriptionList>
      {replay ? (
        <Part title="When it was requested">
          <Replay replay={replay} />
        </Part>
      ) : null}
      <Part title={exception.kind === 'falco' ? 'For Falco’s rules' : 'For Alertmanager'}>
        <CodeBlock code={visibleText(exception.upstream)} copyLabel="Copy" />
      </Part>
    </div>
  );
}

function useExceptionActions() {
  const refresh = [detectionKeys.all];
  const approve = useAction<ExceptionDto>({
    run: ({ id }) => apiFetch(`/detections/exceptions/${id}/approve`, { method: 'POST' }),
    refresh,
    done: () => ({ title: 'Exception approved. It covers what came before within a minute.' }),
    failed: 'Could not approve the exception',
  });
  const end = useAction<{ exception: ExceptionDto; reason: string }>({
    run: ({ exception, reason }) =>
      apiFetch(`/detections/exceptions/${exception.id}/end`, { method: 'POST', body: { reason } }),
    refresh,
    done: ({ exception }) => ({
      title: exception.state === 'waiting' ? 'Exception declined' : 'Exception ended',
    }),
    failed: 'Could not end the exception',
  });
  return { approve, end };
}

function EndDialog({
  exception,
  end,
  onClose,
}: {
  exception: ExceptionDto;
  end: ReturnType<typeof useExceptionActions>['end'];
  onClose: () => void;
}) {
  const formId = useId();
  const [reason, setReason] = useState('');
  const word = exception.state === 'waiting' ? 'Decline' : 'End';
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`${word} the exception`}
      description={visibleText(exception.rule)}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            disabled={reason.trim().length < 3}
            loading={end.isPending}
          >
            {word}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          end.mutate({ exception, reason }, { onSuccess: onClose });
        }}
      >
        <Field label="Reason">
          <Input value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} />
        </Field>
      </form>
    </Dialog>
  );
}

const rowId = ({ id }: ExceptionDto) => id;

/** What is expected: asked for by one person, approved by another, for a time. */
export function ExceptionsScreen({ canWrite }: { canWrite: boolean }) {
  const { approve, end } = useExceptionActions();
  const [ending, setEnding] = useState<ExceptionDto | null>(null);
  const mutateApprove = approve.mutate;
  const isApproving = approve.isPending;
  const peek = useCallback(
    (exception: ExceptionDto): PeekContent => {
      const { canApprove, state, origin } = exception;
      const canEnd = canWrite && origin === 'console' && (state === 'waiting' || state === 'active');
      return {
        title: visibleText(exception.rule),
        description: kindWords(exception.kind),
        body: <Body exception={exception} />,
        footer:
          canApprove || canEnd ? (
            <>
              {canEnd ? (
                <Button onClick={() => setEnding(exception)}>
                  {state === 'waiting' ? 'Decline' : 'End'}
                </Button>
              ) : null}
              {canApprove ? (
                <Button variant="primary" loading={isApproving} onClick={() => mutateApprove(exception)}>
                  Approve
                </Button>
              ) : null}
            </>
          ) : undefined,
      };
    },
    [canWrite, mutateApprove, isApproving],
  );
  return (
    <>
      <DataTableView<ExceptionDto>
        title="Detections"
        tabs={<DetectionTabs current="/detections/exceptions" />}
        status="Events that are expected. Each exception has a reason, an end and two people."
        noun={{ one: 'exception', many: 'exceptions' }}
        columns={columns}
        rowId={rowId}
        queryKey={detectionKeys.exceptions}
        fetchPage={fetchExceptions}
        fetchRow={fetchException}
        defaultFrom={null}
        filterKeys={filterKeys}
        filterPlaceholder="state:waiting or rule:…"
        peek={peek}
        card={(exception) => <Card exception={exception} />}
        empty={
          <EmptyState icon={<ListChecks aria-hidden />} title="No exceptions">
            Open an event and choose “This is expected…”. It is tried on the last 90 days first, and covers
            nothing until someone else approves it.
          </EmptyState>
        }
      />
      {ending ? <EndDialog exception={ending} end={end} onClose={() => setEnding(null)} /> : null}
    </>
  );
}
