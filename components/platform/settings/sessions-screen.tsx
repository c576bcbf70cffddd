'use client';

import { useQuery } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { AlertDialog } from '@/components/ui/alert-dialog';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { PageBody, PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { SessionDto, SessionListDto } from '@/lib/platform/auth/contract';
import { sessionsQuery, settingsKeys } from './settings.queries';

function statusSentence(count: number): string {
  return count === 1
    ? 'You are signed in on this device only.'
    : `You are signed in on ${count} devices. End any sessions you do not recognize.`;
}

function SessionRow({ session }: { session: SessionDto }) {
  const end = useAction<SessionDto>({
    run: ({ id }) => apiFetch(`/sessions/${id}/revoke`, { method: 'POST' }),
    refresh: [settingsKeys.sessions],
    done: ({ device }) => ({ title: `Session on ${device} ended` }),
    failed: 'Could not end the session',
  });
  return (
    <StackedRow>
      <TableCell>
        <span className="flex items-center gap-2 font-medium">
          {session.device}
          {session.isCurrent ? <Badge tone="info">This one</Badge> : null}
        </span>
      </TableCell>
      <TableCell className="font-mono">{session.ip ?? '–'}</TableCell>
      <TableCell>{session.provider}</TableCell>
      <TableCell>
        <Time value={session.lastSeenAt} mode="relative" />
      </TableCell>
      <TableCell>
        <Time value={session.createdAt} precision="minute" />
      </TableCell>
      <TableCell>
        <Time value={session.expiresAt} mode="relative" />
      </TableCell>
      <TableCell className="text-right">
        {session.isCurrent ? null : (
          <Button
            size="sm"
            variant="danger-quiet"
            loading={end.isPending}
            onClick={() => end.mutate(session)}
          >
            End session
          </Button>
        )}
      </TableCell>
    </StackedRow>
  );
}

function EndOthers() {
  const endOthers = useAction<void>({
    run: () => apiFetch('/sessions/revoke-others', { method: 'POST' }),
    refresh: [settingsKeys.sessions],
    done: () => ({ title: 'All other sessions are over' }),
    failed: 'Could not end the other sessions',
  });
  return (
    <AlertDialog
      trigger={<Button variant="danger-quiet">End all others</Button>}
      title="End all other sessions?"
      description="You will be signed out in every other browser. You stay signed in here."
      confirmLabel="End all others"
      tone="danger"
      onConfirm={() => endOthers.mutateAsync()}
    />
  );
}

export function SessionsScreen({ initial }: { initial: SessionListDto }) {
  const sessions = useQuery({ ...sessionsQuery, initialData: initial });
  const { items } = sessions.data;
  return (
    <PageBody width="read">
      <PageHeader
        title="My sessions"
        status={statusSentence(items.length)}
        actions={items.length > 1 ? <EndOthers /> : null}
      />
      <QueryProblem queries={[sessions]} title="Could not refresh the list" />
      <Panel className="px-4">
        <StackedTable
          aria-label="Sessions"
          columns={['Device', 'Address', 'Signed in with', 'Last seen', 'Signed in', 'Ends']}
          hasActions
        >
          {items.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </StackedTable>
      </Panel>
    </PageBody>
  );
}
