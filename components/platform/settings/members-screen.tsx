'use client';

import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button } from '@/components/ui/button';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import type { InvitationListDto, MemberListDto } from '@/lib/platform/tenancy/contract';
import { InvitationsTable } from './invitations-table';
import { InviteDialog, type ProviderChoice } from './invite-dialog';
import { MembersTable } from './members-table';
import { invitationsQuery, membersQuery } from './settings.queries';
import { isOperator, memberParsers, shownMembers } from './settings-params';

export interface MembersScreenProps {
  members: MemberListDto;
  invitations: InvitationListDto;
  providers: readonly ProviderChoice[];
  currentUserId: string;
  canWrite: boolean;
}

function statusSentence(members: MemberListDto, invitations: InvitationListDto): string {
  const operators = members.items.filter(isOperator).length;
  const more = members.nextCursor === null ? '' : 'More than ';
  const people = members.items.length === 1 ? '1 member' : `${more}${members.items.length} members`;
  const waiting = invitations.items.length;
  const invited =
    waiting === 0
      ? 'no pending invitations'
      : waiting === 1
        ? '1 open invitation'
        : `${waiting} open invitations`;
  return operators === 1
    ? `${people}, 1 operator; ${invited}.`
    : `${people}, ${operators} operators; ${invited}.`;
}

export function MembersScreen(props: MembersScreenProps) {
  const [{ show }, setUrl] = useQueryStates(memberParsers, { history: 'push' });
  const members = useQuery({ ...membersQuery, initialData: props.members });
  const invitations = useQuery({ ...invitationsQuery, initialData: props.invitations });
  return (
    <PageBody width="read">
      <PageHeader
        title="Members"
        status={statusSentence(members.data, invitations.data)}
        actions={
          <>
            {show ? (
              <Button onClick={() => void setUrl({ show: null })}>
                Operators only
                <X aria-label="Show all members" />
              </Button>
            ) : null}
            {props.canWrite ? <InviteDialog providers={props.providers} /> : null}
          </>
        }
      />
      <QueryProblem queries={[members, invitations]} title="Could not refresh the list" />
      <MembersTable
        members={shownMembers(members.data.items, show)}
        currentUserId={props.currentUserId}
        canWrite={props.canWrite}
      />
      <PageSection
        title="Open invitations"
        description="An invited person gets the role when they sign in. Invitations expire after 7 days."
      >
        <InvitationsTable
          invitations={invitations.data.items}
          providers={props.providers}
          canWrite={props.canWrite}
        />
      </PageSection>
    </PageBody>
  );
}
