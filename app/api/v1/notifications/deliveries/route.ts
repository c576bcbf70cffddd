import { apiRoute } from '@/lib/auth/api-route';
import { listDeliveriesInput } from '@/lib/notifications/contract';
import { listDeliveries } from '@/lib/notifications/deliveries';

export const GET = apiRoute({
  permission: 'notifications:read',
  input: listDeliveriesInput,
  run: listDeliveries,
});
