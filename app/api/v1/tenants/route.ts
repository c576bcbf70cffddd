import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { createTenantInput } from '@/lib/platform/tenancy/contract';
import { createTenant } from '@/lib/platform/tenancy/create-tenant';
import { listMyTenants } from '@/lib/platform/tenancy/queries';

export const GET = apiRoute({
  permission: 'session',
  run: async (actor) => ({ items: await listMyTenants(actor), nextCursor: null }),
});

export const POST = apiRoute({
  permission: 'settings:write',
  input: createTenantInput,
  status: 201,
  run: (actor, input) => createTenant(actor, input),
});
