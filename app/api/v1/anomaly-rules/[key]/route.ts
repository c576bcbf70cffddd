import { updateRuleInput } from '@/lib/anomalies/contract';
import { updateRule } from '@/lib/anomalies/update-rule';
import { apiRoute } from '@/lib/auth/api-route';
import { taggedJson } from '@/lib/core/etag';

export const PATCH = apiRoute({
  permission: 'policies:write',
  input: updateRuleInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateRule(actor, params.key ?? '', input, ifMatch)),
});
