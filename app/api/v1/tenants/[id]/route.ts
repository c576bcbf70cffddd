import { apiRoute } from '@/lib/auth/api-route';
import { taggedJson } from '@/lib/core/etag';
import { updateTenantInput } from '@/lib/tenancy/contract';
import { updateTenant } from '@/lib/tenancy/update-tenant';

export const PATCH = apiRoute({
  permission: 'settings:write',
  input: updateTenantInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateTenant(actor, params.id ?? '', input, ifMatch)),
});
