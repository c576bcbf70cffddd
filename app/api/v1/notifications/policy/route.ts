import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';
import { updatePolicyInput } from '@/lib/platform/notifications/contract';
import { updatePolicy } from '@/lib/platform/notifications/policy/update-policy';
import { getPolicy } from '@/lib/platform/notifications/queries';

export const GET = apiRoute({
  permission: 'notifications:read',
  run: async (actor) => taggedJson(await getPolicy(actor)),
});

export const PATCH = apiRoute({
  permission: 'notifications:write',
  input: updatePolicyInput,
  run: async (actor, input, { ifMatch }) => taggedJson(await updatePolicy(actor, input, ifMatch)),
});
