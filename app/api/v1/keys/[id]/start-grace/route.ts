import { rotationActInput } from '@/lib/api-keys/contract';
import { startGrace } from '@/lib/api-keys/start-grace';
import { apiRoute } from '@/lib/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: rotationActInput,
  run: (actor, input, { params }) => startGrace(actor, params.id ?? '', input),
});
