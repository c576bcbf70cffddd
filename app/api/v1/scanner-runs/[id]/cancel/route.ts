import { cancelRun } from '@/lib/assurance/scanners/runs/cancel-run';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'scans:write',
  run: (actor, _, { params }) => cancelRun(actor, params.id ?? ''),
});
