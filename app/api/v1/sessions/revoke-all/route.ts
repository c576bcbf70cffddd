import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { revokeAllSessions } from '@/lib/platform/auth/session/revoke-all-sessions';

export const POST = apiRoute({
  permission: 'session',
  run: (actor) => revokeAllSessions(actor, { keepCurrent: false }),
});
