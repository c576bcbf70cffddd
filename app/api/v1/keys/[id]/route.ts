import { updateKey } from '@/lib/access/api-keys/change/update-key';
import { updateKeyInput } from '@/lib/access/api-keys/contract';
import { getKey } from '@/lib/access/api-keys/read/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';

export const GET = apiRoute({
  permission: 'keys:read',
  run: async (actor, _input, { params }) => taggedJson(await getKey(actor, params.id ?? '')),
});

export const PATCH = apiRoute({
  permission: 'keys:write',
  input: updateKeyInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateKey(actor, params.id ?? '', input, ifMatch)),
});
