import { apiRoute } from '@/lib/auth/api-route';
import { enableChannel } from '@/lib/notifications/enable-channel';

export const POST = apiRoute({
  permission: 'notifications:write',
  run: (actor, _input, { params }) => enableChannel(actor, params.id ?? ''),
});
