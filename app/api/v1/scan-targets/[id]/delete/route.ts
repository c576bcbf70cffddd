import { deleteTarget } from '@/lib/assurance/scanners/delete-target';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const POST = apiRoute({
  permission: 'scanners:write',
  run: (actor, _, { params }) => deleteTarget(actor, params.id ?? ''),
});
