import { removeConsumer } from '@/lib/access/secrets/consumers';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: ['secrets:write', 'secrets:rotate'],
  run: (actor, _input, { params }) => removeConsumer(actor, params.id ?? '', params.consumerId ?? ''),
});
