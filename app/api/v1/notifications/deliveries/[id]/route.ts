import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { getDelivery } from '@/lib/platform/notifications/deliver/deliveries';

export const GET = apiRoute({
  permission: 'notifications:read',
  run: (actor, _input, { params }) => getDelivery(actor, params.id ?? ''),
});
