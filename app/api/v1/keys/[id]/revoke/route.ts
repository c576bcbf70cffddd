import { revokeKeyInput } from '@/lib/access/api-keys/contract';
import { revokeKey } from '@/lib/access/api-keys/revoke-key';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: revokeKeyInput,
  run: (actor, input, { params }) => revokeKey(actor, params.id ?? '', input),
});
