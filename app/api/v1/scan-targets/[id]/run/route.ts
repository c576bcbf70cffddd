import { apiRoute } from '@/lib/auth/api-route';
import { runTarget } from '@/lib/scanners/run-target';

export const POST = apiRoute({
  permission: 'scans:write',
  status: 202,
  run: (actor, _, { params }) => runTarget(actor, params.id ?? ''),
});
