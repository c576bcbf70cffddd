import { apiRoute } from '@/lib/auth/api-route';
import { switchTenant } from '@/lib/tenancy/switch-tenant';

export const POST = apiRoute({
  permission: 'session',
  run: (actor, _input, { params }) => switchTenant(actor, params.id ?? ''),
});
