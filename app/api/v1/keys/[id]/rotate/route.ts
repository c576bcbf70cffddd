import { rotateKeyInput } from '@/lib/access/api-keys/contract';
import { rotateKey } from '@/lib/access/api-keys/rotation/rotate-key';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: rotateKeyInput,
  status: 201,
  run: (actor, input, { params, idempotencyKey }) => rotateKey(actor, params.id ?? '', input, idempotencyKey),
});
