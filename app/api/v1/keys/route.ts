import { createKeyInput, listKeysInput } from '@/lib/api-keys/contract';
import { createKey } from '@/lib/api-keys/create-key';
import { listKeys } from '@/lib/api-keys/queries';
import { apiRoute } from '@/lib/auth/api-route';

export const GET = apiRoute({ permission: 'keys:read', input: listKeysInput, run: listKeys });

export const POST = apiRoute({
  permission: 'keys:write',
  input: createKeyInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => createKey(actor, input, idempotencyKey),
});
