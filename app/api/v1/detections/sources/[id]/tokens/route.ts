import { addToken } from '@/lib/access/event-sources/add-token';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  status: 201,
  run: (actor, _, { params, idempotencyKey }) => addToken(actor, params.id ?? '', idempotencyKey),
});
