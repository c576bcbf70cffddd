import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { getDetection } from '@/lib/response/detections/read/get-detection';

export const GET = apiRoute({
  permission: 'detections:read',
  run: (actor, _, { params }) => getDetection(actor, params.id ?? ''),
});
