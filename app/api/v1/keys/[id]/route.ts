import { updateKeyInput } from '@/lib/access/api-keys/contract';
import { getKey } from '@/lib/access/api-keys/queries';
import { updateKey } from '@/lib/access/api-keys/update-key';
import { apiRoute } from '@/lib/platform/auth/api-route';
import { taggedJson } from '@/lib/platform/core/etag';

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
