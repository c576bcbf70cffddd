import { rotateKeyInput } from '@/lib/access/api-keys/contract';
import { rotateKey } from '@/lib/access/api-keys/rotate-key';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: rotateKeyInput,
  status: 201,
  run: (actor, input, { params, idempotencyKey }) => rotateKey(actor, params.id ?? '', input, idempotencyKey),
});
