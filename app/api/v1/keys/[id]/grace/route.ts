import { changeGrace } from '@/lib/api-keys/change-grace';
import { changeGraceInput } from '@/lib/api-keys/contract';
import { apiRoute } from '@/lib/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: changeGraceInput,
  run: (actor, input, { params }) => changeGrace(actor, params.id ?? '', input),
});
