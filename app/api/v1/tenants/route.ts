import { apiRoute } from '@/lib/auth/api-route';
import { createTenantInput } from '@/lib/tenancy/contract';
import { createTenant } from '@/lib/tenancy/create-tenant';
import { listMyTenants } from '@/lib/tenancy/queries';

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
