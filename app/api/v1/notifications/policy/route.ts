import { apiRoute } from '@/lib/platform/auth/api-route';
import { taggedJson } from '@/lib/platform/core/etag';
import { updatePolicyInput } from '@/lib/platform/notifications/contract';
import { getPolicy } from '@/lib/platform/notifications/queries';
import { updatePolicy } from '@/lib/platform/notifications/update-policy';

export const GET = apiRoute({
  permission: 'notifications:read',
  run: async (actor) => taggedJson(await getPolicy(actor)),
});

export const PATCH = apiRoute({
  permission: 'notifications:write',
  input: updatePolicyInput,
  run: async (actor, input, { ifMatch }) => taggedJson(await updatePolicy(actor, input, ifMatch)),
});
