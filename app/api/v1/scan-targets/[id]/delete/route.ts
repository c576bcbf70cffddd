import { deleteTarget } from '@/lib/assurance/scanners/targets/delete-target';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'scanners:write',
  run: (actor, _, { params }) => deleteTarget(actor, params.id ?? ''),
});
