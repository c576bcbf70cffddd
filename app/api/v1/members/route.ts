import { apiRoute } from '@/lib/auth/api-route';
import { listMembersInput } from '@/lib/tenancy/contract';
import { listMembers } from '@/lib/tenancy/queries';

export const GET = apiRoute({
  permission: 'members:read',
  input: listMembersInput,
  run: (actor, input) => listMembers(actor, input),
});
