import { apiRoute } from '@/lib/platform/auth/api-route';
import { createChannelInput } from '@/lib/platform/notifications/contract';
import { createChannel } from '@/lib/platform/notifications/create-channel';
import { listChannels } from '@/lib/platform/notifications/queries';

export const GET = apiRoute({ permission: 'notifications:read', run: listChannels });

export const POST = apiRoute({
  permission: 'notifications:write',
  input: createChannelInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => createChannel(actor, input, idempotencyKey),
});
