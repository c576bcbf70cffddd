import { apiRoute } from '@/lib/auth/api-route';
import { redeliver } from '@/lib/notifications/redeliver';

export const POST = apiRoute({
  permission: 'notifications:write',
  run: (actor, _input, { params }) => redeliver(actor, params.id ?? ''),
});
