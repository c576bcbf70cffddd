import { apiRoute } from '@/lib/auth/api-route';
import { taggedJson } from '@/lib/core/etag';
import { updatePolicyInput } from '@/lib/notifications/contract';
import { getPolicy } from '@/lib/notifications/queries';
import { updatePolicy } from '@/lib/notifications/update-policy';

export const GET = apiRoute({
  permission: 'notifications:read',
  run: async (actor) => taggedJson(await getPolicy(actor)),
});

export const PATCH = apiRoute({
  permission: 'notifications:write',
  input: updatePolicyInput,
  run: async (actor, input, { ifMatch }) => taggedJson(await updatePolicy(actor, input, ifMatch)),
});
