import { createKey } from '@/lib/access/api-keys/change/create-key';
import { createKeyInput, listKeysInput } from '@/lib/access/api-keys/contract';
import { listKeys } from '@/lib/access/api-keys/read/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'keys:read', input: listKeysInput, run: listKeys });

export const POST = apiRoute({
  permission: 'keys:write',
  input: createKeyInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => createKey(actor, input, idempotencyKey),
});
