import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { revokeSession } from '@/lib/platform/auth/session/revoke-session';

export const POST = apiRoute({
  permission: 'session',
  run: (actor, _input, { params }) => revokeSession(actor, params.id ?? ''),
});
