import { revokeKey } from '@/lib/access/api-keys/change/revoke-key';
import { revokeKeyInput } from '@/lib/access/api-keys/contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: revokeKeyInput,
  run: (actor, input, { params }) => revokeKey(actor, params.id ?? '', input),
});
