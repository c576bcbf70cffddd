import { apiRoute } from '@/lib/auth/api-route';
import { cancelRun } from '@/lib/scanners/cancel-run';

export const POST = apiRoute({
  permission: 'scans:write',
  run: (actor, _, { params }) => cancelRun(actor, params.id ?? ''),
});
