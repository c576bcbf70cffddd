import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';
import { updateRuleInput } from '@/lib/response/anomalies/contract';
import { updateRule } from '@/lib/response/anomalies/update-rule';

export const PATCH = apiRoute({
  permission: 'policies:write',
  input: updateRuleInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateRule(actor, params.key ?? '', input, ifMatch)),
});
