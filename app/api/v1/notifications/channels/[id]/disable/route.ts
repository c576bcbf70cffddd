import { apiRoute } from '@/lib/auth/api-route';
import { disableChannelInput } from '@/lib/notifications/contract';
import { disableChannel } from '@/lib/notifications/disable-channel';

export const POST = apiRoute({
  permission: 'notifications:write',
  input: disableChannelInput,
  run: (actor, input, { params }) => disableChannel(actor, params.id ?? '', input),
});
