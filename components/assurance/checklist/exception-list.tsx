'use client';

import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { ExceptionDto } from '@/lib/assurance/checklist/contract';
import { checklistKeys } from './checklist.queries';

const WORDS: Record<ExceptionDto['state'], { tone: 'info' | 'warning' | 'neutral'; word: string }> = {
  requested: { tone: 'warning', word: 'Awaiting approval' },
  active: { tone: 'info', word: 'Active' },
  expired: { tone: 'neutral', word: 'Expired' },
  revoked: { tone: 'neutral', word: 'Ended' },
};

export interface Rights {
  userId: string;
  canRun: boolean;
  canWrite: boolean;
}

function ExceptionActs({ exception, rights }: { exception: ExceptionDto; rights: Rights }) {
  const act = (verb: 'approve' | 'revoke', done: string, failed: string) => ({
    run: () => apiFetch(`/checklist/exceptions/${exception.id}/${verb}`, { method: 'POST', body: {} }),
    refresh: [checklistKeys.all],
    done: () => ({ title: done }),
    failed,
  });
  const approve = useAction<void>(act('approve', 'Exception approved', 'Could not approve the exception'));
  const revoke = useAction<void>(act('revoke', 'The exception has ended', 'Could not end the exception'));
  const isOwn = exception.requestedBy.userId === rights.userId;
  const isLiving = exception.state === 'requested' || exception.state === 'active';
  if (!isLiving) return null;
  return (
    <span className="flex gap-2" data-print="hide">
      {exception.state === 'requested' && rights.canWrite && !isOwn ? (
        <Button size="sm" variant="primary" loading={approve.isPending} onClick={() => approve.mutate()}>
          Approve
        </Button>
      ) : null}
      {rights.canWrite || (rights.canRun && isOwn) ? (
        <Button size="sm" loading={revoke.isPending} onClick={() => revoke.mutate()}>
          {exception.state === 'requested' ? 'Decline' : 'End now'}
        </Button>
      ) : null}
    </span>
  );
}

/** Who accepted what, why and until when. */
export function ExceptionList({
  exceptions,
  rights,
}: {
  exceptions: readonly ExceptionDto[];
  rights: Rights;
}) {
  return (
    <ul className="flex flex-col gap-3">
      {exceptions.map((exception) => (
        <li key={exception.id} className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 text-sm">
          <span className="flex min-w-0 flex-1 basis-60 flex-col gap-0.5">
            <span className="flex flex-wrap gap-x-2">
              <Status tone={WORDS[exception.state].tone}>{WORDS[exception.state].word}</Status>
              <span className="break-all font-mono">{exception.resource ?? exception.checkKey}</span>
            </span>
            <span className="break-words">{exception.reason}</span>
            <span className="text-muted">
              Requested by {exception.requestedBy.name}
              {exception.approvedBy ? `, approved by ${exception.approvedBy.name}` : ''}, until{' '}
              <Time value={exception.expiresAt} precision="day" />
            </span>
          </span>
          <ExceptionActs exception={exception} rights={rights} />
        </li>
      ))}
    </ul>
  );
}
