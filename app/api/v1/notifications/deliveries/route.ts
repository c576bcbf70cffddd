import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listDeliveriesInput } from '@/lib/platform/notifications/contract';
import { listDeliveries } from '@/lib/platform/notifications/deliver/deliveries';

export const GET = apiRoute({
  permission: 'notifications:read',
  input: listDeliveriesInput,
  run: listDeliveries,
});
