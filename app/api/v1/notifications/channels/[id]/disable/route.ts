import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { disableChannel } from '@/lib/platform/notifications/channels/disable-channel';
import { disableChannelInput } from '@/lib/platform/notifications/contract';

export const POST = apiRoute({
  permission: 'notifications:write',
  input: disableChannelInput,
  run: (actor, input, { params }) => disableChannel(actor, params.id ?? '', input),
});
