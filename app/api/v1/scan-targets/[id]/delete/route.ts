import { apiRoute } from '@/lib/auth/api-route';
import { deleteTarget } from '@/lib/scanners/delete-target';

export const POST = apiRoute({
  permission: 'scanners:write',
  run: (actor, _, { params }) => deleteTarget(actor, params.id ?? ''),
});
