import { runTarget } from '@/lib/assurance/scanners/runs/run-target';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'scans:write',
  status: 202,
  run: (actor, _, { params }) => runTarget(actor, params.id ?? ''),
});
