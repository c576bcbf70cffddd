import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { getException } from '@/lib/response/detections/exceptions/queries';

export const GET = apiRoute({
  permission: 'detections:read',
  run: (actor, _, { params }) => getException(actor, params.id ?? ''),
});
