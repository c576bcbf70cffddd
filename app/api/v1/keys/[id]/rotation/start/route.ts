import { startRotation } from '@/lib/api-keys/start-rotation';
import { apiRoute } from '@/lib/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  status: 201,
  run: (actor, _input, { params }) => startRotation(actor, params.id ?? ''),
});
