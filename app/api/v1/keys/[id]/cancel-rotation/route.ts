import { cancelRotation } from '@/lib/api-keys/cancel-rotation';
import { rotationActInput } from '@/lib/api-keys/contract';
import { apiRoute } from '@/lib/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: rotationActInput,
  run: (actor, input, { params }) => cancelRotation(actor, params.id ?? '', input),
});
