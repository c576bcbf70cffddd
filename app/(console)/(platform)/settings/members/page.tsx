import type { Metadata } from 'next';
import { MembersScreen } from '@/components/platform/settings/members-screen';
import { getMe } from '@/lib/platform/auth/queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';
import { listInvitations, listMembers } from '@/lib/platform/tenancy/queries';

export const metadata: Metadata = { title: 'Members' };

const LIST_MAX = 200;

export default async function MembersPage() {
  const actor = await requireActor('members:read');
  const [members, invitations, me] = await Promise.all([
    listMembers(actor, { limit: LIST_MAX }),
    listInvitations(actor, { limit: LIST_MAX }),
    getMe(actor),
  ]);
  return (
    <MembersScreen
      members={members}
      invitations={invitations}
      providers={me.settings.providers}
      currentUserId={actor.userId}
      canWrite={may(actor, 'members:write')}
    />
  );
}
