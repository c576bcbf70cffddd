import { rotationActInput } from '@/lib/access/api-keys/contract';
import { startGrace } from '@/lib/access/api-keys/rotation/start-grace';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: rotationActInput,
  run: (actor, input, { params }) => startGrace(actor, params.id ?? '', input),
});
