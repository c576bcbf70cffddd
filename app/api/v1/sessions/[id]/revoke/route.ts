import { apiRoute } from '@/lib/auth/api-route';
import { revokeSession } from '@/lib/auth/revoke-session';

export const POST = apiRoute({
  permission: 'session',
  run: (actor, _input, { params }) => revokeSession(actor, params.id ?? ''),
});
