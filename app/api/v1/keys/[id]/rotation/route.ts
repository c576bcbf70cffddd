import { getKeyRotation } from '@/lib/access/api-keys/rotation/rotation-queries';
import { setKeyRotation } from '@/lib/access/api-keys/rotation/set-key-rotation';
import { setKeyRotationInput } from '@/lib/access/api-keys/rotation-contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';

export const GET = apiRoute({
  permission: 'keys:read',
  run: async (actor, _input, { params }) => taggedJson(await getKeyRotation(actor, params.id ?? '')),
});

export const PATCH = apiRoute({
  permission: 'keys:write',
  input: setKeyRotationInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await setKeyRotation(actor, params.id ?? '', input, ifMatch)),
});
