'use client';

import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { InvitationDto } from '@/lib/platform/tenancy/contract';
import type { ProviderChoice } from './invite-dialog';
import { settingsKeys } from './settings.queries';

/** Undo of a revoked invitation is the same invitation made again, with a new end. */
function useRevoke() {
  const refresh = [settingsKeys.invitations];
  const again = useAction<InvitationDto>({
    run: ({ provider, matcher, value, role }) =>
      apiFetch('/invitations', { method: 'POST', body: { provider, matcher, value, role } }),
    refresh,
    done: ({ value }) => ({ title: `${value} is invited again` }),
    failed: 'Could not renew the invitation',
  });
  return useAction<InvitationDto>({
    run: ({ id }) => apiFetch(`/invitations/${id}/revoke`, { method: 'POST' }),
    refresh,
    done: (invitation) => ({
      title: `The invitation of ${invitation.value} is revoked`,
      undo: () => again.mutate(invitation),
    }),
    failed: 'Could not revoke the invitation',
  });
}

export interface InvitationsTableProps {
  invitations: readonly InvitationDto[];
  providers: readonly ProviderChoice[];
  canWrite: boolean;
}

export function InvitationsTable({ invitations, providers, canWrite }: InvitationsTableProps) {
  const revoke = useRevoke();
  if (invitations.length === 0) return <p className="text-muted text-sm">No pending invitations.</p>;
  const labelOf = (id: string) => providers.find((provider) => provider.id === id)?.label ?? id;
  return (
    <Panel className="px-4">
      <StackedTable
        aria-label="Open invitations"
        columns={['Invited', 'Signs in with', 'Role', 'Invited by', 'Ends']}
        hasActions={canWrite}
      >
        {invitations.map((invitation) => (
          <StackedRow key={invitation.id}>
            <TableCell className="font-medium">
              {invitation.matcher === 'handle' ? `@${invitation.value}` : invitation.value}
            </TableCell>
            <TableCell>{labelOf(invitation.provider)}</TableCell>
            <TableCell>
              <Badge>
                <span className="capitalize">{invitation.role}</span>
              </Badge>
            </TableCell>
            <TableCell>{invitation.invitedBy?.name ?? 'Command line'}</TableCell>
            <TableCell>
              <Time value={invitation.expiresAt} mode="relative" />
            </TableCell>
            {canWrite ? (
              <TableCell className="text-right">
                <Button
                  size="sm"
                  variant="danger-quiet"
                  loading={revoke.isPending && revoke.variables?.id === invitation.id}
                  onClick={() => revoke.mutate(invitation)}
                >
                  Revoke
                </Button>
              </TableCell>
            ) : null}
          </StackedRow>
        ))}
      </StackedTable>
    </Panel>
  );
}
