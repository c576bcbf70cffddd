'use client';

import { Ellipsis } from 'lucide-react';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Avatar } from '@/components/ui/avatar';
import { Badge } from '@/components/ui/badge';
import {
  DropdownMenu,
  MenuGroup,
  MenuItem,
  MenuRadioGroup,
  MenuSeparator,
} from '@/components/ui/dropdown-menu';
import { IconButton } from '@/components/ui/icon-button';
import { Panel } from '@/components/ui/panel';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { Status } from '@/components/ui/status';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import { type MemberDto, ROLES, type Role } from '@/lib/platform/tenancy/contract';
import { settingsKeys } from './settings.queries';

interface Change {
  member: MemberDto;
  change: { role: Role } | { disabled: boolean };
  isUndo?: boolean;
}

function patch({ member, change, isUndo }: Change) {
  return apiFetch<MemberDto>(`/members/${member.userId}`, {
    method: 'PATCH',
    body: change,
    ifMatch: isUndo ? undefined : `"${member.version}"`,
  });
}

function whatHappened({ member, change }: Change): string {
  if ('role' in change) return `${member.name} is now ${change.role}`;
  return change.disabled
    ? `${member.name} no longer has access to this tenant`
    : `${member.name} has access to this tenant again`;
}

function inverse({ member, change }: Change): Change['change'] {
  return 'role' in change ? { role: member.role } : { disabled: !change.disabled };
}

function useMemberChange() {
  const change = useAction<Change>({
    run: patch,
    refresh: [settingsKeys.members],
    done: (made) => ({
      title: whatHappened(made),
      undo: made.isUndo
        ? undefined
        : () => change.mutate({ member: made.member, change: inverse(made), isUndo: true }),
    }),
    failed: 'Could not update the member',
  });
  return change;
}

function MemberMenu({ member }: { member: MemberDto }) {
  const change = useMemberChange();
  const isDisabled = member.disabledAt !== null;
  return (
    <DropdownMenu
      align="end"
      trigger={
        <IconButton label={`Change ${member.name}`} variant="ghost" size="sm" disabled={change.isPending}>
          <Ellipsis aria-hidden />
        </IconButton>
      }
    >
      <MenuGroup label={member.isLastOperator ? 'You cannot change the role of the only operator' : 'Role'}>
        <MenuRadioGroup
          label="Role"
          value={member.role}
          onValueChange={(role) => change.mutate({ member, change: { role: role as Role } })}
          options={ROLES.map((role) => ({ value: role, label: <span className="capitalize">{role}</span> }))}
        />
      </MenuGroup>
      <MenuSeparator />
      <MenuItem
        tone={isDisabled ? undefined : 'danger'}
        disabled={member.isLastOperator}
        onSelect={() => change.mutate({ member, change: { disabled: !isDisabled } })}
      >
        {isDisabled ? 'Enable member' : 'Disable member'}
      </MenuItem>
    </DropdownMenu>
  );
}

function MemberStatus({ member }: { member: MemberDto }) {
  if (member.isAccountDisabled) return <Status tone="danger">Account disabled</Status>;
  if (member.disabledAt) return <Status tone="neutral">Disabled</Status>;
  return <Status tone="success">Active</Status>;
}

function Person({ member, isSelf }: { member: MemberDto; isSelf: boolean }) {
  return (
    <span className="flex min-w-0 items-center gap-2.5 py-1.5">
      <Avatar name={member.name} size="sm" />
      <span className="flex min-w-0 flex-col">
        <span className="truncate font-medium">
          {member.name}
          {isSelf ? <span className="font-normal text-faint"> (you)</span> : null}
        </span>
        <span className="truncate text-faint text-xs">
          {[member.handle ? `@${member.handle}` : member.email, member.provider].filter(Boolean).join(' · ')}
        </span>
      </span>
    </span>
  );
}

export interface MembersTableProps {
  members: readonly MemberDto[];
  currentUserId: string;
  canWrite: boolean;
}

export function MembersTable({ members, currentUserId, canWrite }: MembersTableProps) {
  return (
    <Panel className="px-4">
      <StackedTable
        aria-label="Members"
        columns={['Person', 'Role', 'Status', 'Last sign-in', 'Joined']}
        hasActions={canWrite}
      >
        {members.map((member) => (
          <StackedRow key={member.userId}>
            <TableCell>
              <Person member={member} isSelf={member.userId === currentUserId} />
            </TableCell>
            <TableCell>
              <Badge>
                <span className="capitalize">{member.role}</span>
              </Badge>
            </TableCell>
            <TableCell>
              <MemberStatus member={member} />
            </TableCell>
            <TableCell>
              <Time value={member.lastSignInAt} mode="relative" empty="Never" />
            </TableCell>
            <TableCell>
              <Time value={member.joinedAt} precision="day" />
            </TableCell>
            {canWrite ? (
              <TableCell className="w-8 text-right">
                <MemberMenu member={member} />
              </TableCell>
            ) : null}
          </StackedRow>
        ))}
      </StackedTable>
    </Panel>
  );
}
