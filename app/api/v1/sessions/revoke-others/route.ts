import { apiRoute } from '@/lib/auth/api-route';
import { revokeAllSessions } from '@/lib/auth/revoke-all-sessions';

export const POST = apiRoute({
  permission: 'session',
  run: (actor) => revokeAllSessions(actor, { keepCurrent: true }),
});
