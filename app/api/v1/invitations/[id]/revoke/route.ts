import { apiRoute } from '@/lib/auth/api-route';
import { revokeInvitation } from '@/lib/tenancy/revoke-invitation';

export const POST = apiRoute({
  permission: 'members:write',
  run: (actor, _input, { params }) => revokeInvitation(actor, params.id ?? ''),
});
