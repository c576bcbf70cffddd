import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { approveException } from '@/lib/response/detections/exceptions/approve-exception';

export const POST = apiRoute({
  permission: 'detections:write',
  run: (actor, _, { params }) => approveException(actor, params.id ?? ''),
});
