import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { testChannel } from '@/lib/platform/notifications/channels/test-channel';

export const POST = apiRoute({
  permission: 'notifications:write',
  run: (actor, _input, { params }) => testChannel(actor, params.id ?? ''),
});
