import { revokeKeyInput } from '@/lib/api-keys/contract';
import { revokeKey } from '@/lib/api-keys/revoke-key';
import { apiRoute } from '@/lib/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: revokeKeyInput,
  run: (actor, input, { params }) => revokeKey(actor, params.id ?? '', input),
});
