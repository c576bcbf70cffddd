import { startRotation } from '@/lib/access/api-keys/rotation/start-rotation';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  status: 201,
  run: (actor, _input, { params }) => startRotation(actor, params.id ?? ''),
});
