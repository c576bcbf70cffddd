import { changeGraceInput } from '@/lib/access/api-keys/contract';
import { changeGrace } from '@/lib/access/api-keys/rotation/change-grace';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: changeGraceInput,
  run: (actor, input, { params }) => changeGrace(actor, params.id ?? '', input),
});
