import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';
import { updateTenantInput } from '@/lib/platform/tenancy/contract';
import { updateTenant } from '@/lib/platform/tenancy/update-tenant';

export const PATCH = apiRoute({
  permission: 'settings:write',
  input: updateTenantInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateTenant(actor, params.id ?? '', input, ifMatch)),
});
