import { apiRoute } from '@/lib/platform/auth/api-route';
import { disableChannelInput } from '@/lib/platform/notifications/contract';
import { disableChannel } from '@/lib/platform/notifications/disable-channel';

export const POST = apiRoute({
  permission: 'notifications:write',
  input: disableChannelInput,
  run: (actor, input, { params }) => disableChannel(actor, params.id ?? '', input),
});
