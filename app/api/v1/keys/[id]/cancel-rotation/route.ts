import { rotationActInput } from '@/lib/access/api-keys/contract';
import { cancelRotation } from '@/lib/access/api-keys/rotation/cancel-rotation';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: rotationActInput,
  run: (actor, input, { params }) => cancelRotation(actor, params.id ?? '', input),
});
