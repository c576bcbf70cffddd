import { apiRoute } from '@/lib/platform/auth/api-route';
import { revokeAllSessions } from '@/lib/platform/auth/revoke-all-sessions';

export const POST = apiRoute({
  permission: 'session',
  run: (actor) => revokeAllSessions(actor, { keepCurrent: true }),
});
