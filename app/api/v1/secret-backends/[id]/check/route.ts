import { checkBackend } from '@/lib/access/secrets/check-backend';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: ['secrets:write', 'secrets:rotate'],
  status: 202,
  run: (actor, _input, { params }) => checkBackend(actor, params.id ?? ''),
});
