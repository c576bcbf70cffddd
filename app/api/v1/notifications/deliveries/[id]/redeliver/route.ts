import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { redeliver } from '@/lib/platform/notifications/deliver/redeliver';

export const POST = apiRoute({
  permission: 'notifications:write',
  run: (actor, _input, { params }) => redeliver(actor, params.id ?? ''),
});
