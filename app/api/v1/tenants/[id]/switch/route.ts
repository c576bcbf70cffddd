import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { switchTenant } from '@/lib/platform/tenancy/switch-tenant';

export const POST = apiRoute({
  permission: 'session',
  run: (actor, _input, { params }) => switchTenant(actor, params.id ?? ''),
});
