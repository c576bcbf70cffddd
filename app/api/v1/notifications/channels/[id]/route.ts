import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';
import { updateChannel } from '@/lib/platform/notifications/channels/update-channel';
import { updateChannelInput } from '@/lib/platform/notifications/contract';
import { getChannel } from '@/lib/platform/notifications/queries';

export const GET = apiRoute({
  permission: 'notifications:read',
  run: async (actor, _input, { params }) => taggedJson(await getChannel(actor, params.id ?? '')),
});

export const PATCH = apiRoute({
  permission: 'notifications:write',
  input: updateChannelInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateChannel(actor, params.id ?? '', input, ifMatch)),
});
