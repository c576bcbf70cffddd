import { rotationActInput } from '@/lib/access/api-keys/contract';
import { retireOld } from '@/lib/access/api-keys/rotation/retire-old';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: rotationActInput,
  run: (actor, input, { params }) => retireOld(actor, params.id ?? '', input),
});
