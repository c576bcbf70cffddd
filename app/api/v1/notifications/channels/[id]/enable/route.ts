import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { enableChannel } from '@/lib/platform/notifications/channels/enable-channel';

export const POST = apiRoute({
  permission: 'notifications:write',
  run: (actor, _input, { params }) => enableChannel(actor, params.id ?? ''),
});
