import { rotationActInput } from '@/lib/api-keys/contract';
import { retireOld } from '@/lib/api-keys/retire-old';
import { apiRoute } from '@/lib/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: rotationActInput,
  run: (actor, input, { params }) => retireOld(actor, params.id ?? '', input),
});
