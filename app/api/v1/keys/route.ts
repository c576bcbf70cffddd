import { createKeyInput, listKeysInput } from '@/lib/access/api-keys/contract';
import { createKey } from '@/lib/access/api-keys/create-key';
import { listKeys } from '@/lib/access/api-keys/queries';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const GET = apiRoute({ permission: 'keys:read', input: listKeysInput, run: listKeys });

export const POST = apiRoute({
  permission: 'keys:write',
  input: createKeyInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => createKey(actor, input, idempotencyKey),
});
