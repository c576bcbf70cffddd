import { apiRoute } from '@/lib/platform/auth/api-route';
import { listDeliveriesInput } from '@/lib/platform/notifications/contract';
import { listDeliveries } from '@/lib/platform/notifications/deliveries';

export const GET = apiRoute({
  permission: 'notifications:read',
  input: listDeliveriesInput,
  run: listDeliveries,
});
