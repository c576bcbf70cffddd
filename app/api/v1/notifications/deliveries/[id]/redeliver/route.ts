import { apiRoute } from '@/lib/platform/auth/api-route';
import { redeliver } from '@/lib/platform/notifications/redeliver';

export const POST = apiRoute({
  permission: 'notifications:write',
  run: (actor, _input, { params }) => redeliver(actor, params.id ?? ''),
});
