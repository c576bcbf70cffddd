import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listMembersInput } from '@/lib/platform/tenancy/contract';
import { listMembers } from '@/lib/platform/tenancy/queries';

export const GET = apiRoute({
  permission: 'members:read',
  input: listMembersInput,
  run: (actor, input) => listMembers(actor, input),
});
