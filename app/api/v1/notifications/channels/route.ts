import { apiRoute } from '@/lib/auth/api-route';
import { createChannelInput } from '@/lib/notifications/contract';
import { createChannel } from '@/lib/notifications/create-channel';
import { listChannels } from '@/lib/notifications/queries';

export const GET = apiRoute({ permission: 'notifications:read', run: listChannels });

export const POST = apiRoute({
  permission: 'notifications:write',
  input: createChannelInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => createChannel(actor, input, idempotencyKey),
});
