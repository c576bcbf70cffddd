import { apiRoute } from '@/lib/auth/api-route';
import { getDelivery } from '@/lib/notifications/deliveries';

export const GET = apiRoute({
  permission: 'notifications:read',
  run: (actor, _input, { params }) => getDelivery(actor, params.id ?? ''),
});
