import { setKeyRotationInput } from '@/lib/api-keys/rotation-contract';
import { getKeyRotation } from '@/lib/api-keys/rotation-queries';
import { setKeyRotation } from '@/lib/api-keys/set-key-rotation';
import { apiRoute } from '@/lib/auth/api-route';
import { taggedJson } from '@/lib/core/etag';

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
