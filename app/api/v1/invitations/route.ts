import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { inviteMemberInput, listInvitationsInput } from '@/lib/platform/tenancy/contract';
import { inviteMember } from '@/lib/platform/tenancy/invite-member';
import { listInvitations } from '@/lib/platform/tenancy/queries';

export const GET = apiRoute({
  permission: 'members:read',
  input: listInvitationsInput,
  run: (actor, input) => listInvitations(actor, input),
});

export const POST = apiRoute({
  permission: 'members:write',
  input: inviteMemberInput,
  status: 201,
  run: (actor, input) => inviteMember(actor, input),
});
