import { apiRoute } from '@/lib/auth/api-route';
import { testChannel } from '@/lib/notifications/test-channel';

export const POST = apiRoute({
  permission: 'notifications:write',
  run: (actor, _input, { params }) => testChannel(actor, params.id ?? ''),
});
