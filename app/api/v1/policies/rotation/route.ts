import { getRotationPolicy } from '@/lib/access/api-keys/rotation/rotation-queries';
import { setRotationPolicy } from '@/lib/access/api-keys/rotation/set-rotation-policy';
import { rotationRules } from '@/lib/access/api-keys/rotation-contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';

export const GET = apiRoute({
  permission: 'policies:read',
  run: async (actor) => taggedJson(await getRotationPolicy(actor)),
});

export const PATCH = apiRoute({
  permission: 'policies:write',
  input: rotationRules,
  run: async (actor, input, { ifMatch }) => taggedJson(await setRotationPolicy(actor, input, ifMatch)),
});
