import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { revokeInvitation } from '@/lib/platform/tenancy/revoke-invitation';

export const POST = apiRoute({
  permission: 'members:write',
  run: (actor, _input, { params }) => revokeInvitation(actor, params.id ?? ''),
});
