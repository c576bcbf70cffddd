import { changeGrace } from '@/lib/access/api-keys/change-grace';
import { changeGraceInput } from '@/lib/access/api-keys/contract';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: changeGraceInput,
  run: (actor, input, { params }) => changeGrace(actor, params.id ?? '', input),
});
