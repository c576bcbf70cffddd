import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { createChannel } from '@/lib/platform/notifications/channels/create-channel';
import { createChannelInput } from '@/lib/platform/notifications/contract';
import { listChannels } from '@/lib/platform/notifications/queries';

export const GET = apiRoute({ permission: 'notifications:read', run: listChannels });

export const POST = apiRoute({
  permission: 'notifications:write',
  input: createChannelInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => createChannel(actor, input, idempotencyKey),
});
