import { apiRoute } from '@/lib/platform/auth/api-route';
import { revokeSession } from '@/lib/platform/auth/revoke-session';

export const POST = apiRoute({
  permission: 'session',
  run: (actor, _input, { params }) => revokeSession(actor, params.id ?? ''),
});
