import { rotateKeyInput } from '@/lib/api-keys/contract';
import { rotateKey } from '@/lib/api-keys/rotate-key';
import { apiRoute } from '@/lib/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: rotateKeyInput,
  status: 201,
  run: (actor, input, { params, idempotencyKey }) => rotateKey(actor, params.id ?? '', input, idempotencyKey),
});
