import { cancelRotation } from '@/lib/access/api-keys/cancel-rotation';
import { rotationActInput } from '@/lib/access/api-keys/contract';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: rotationActInput,
  run: (actor, input, { params }) => cancelRotation(actor, params.id ?? '', input),
});
