import { cancelRun } from '@/lib/assurance/scanners/cancel-run';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const POST = apiRoute({
  permission: 'scans:write',
  run: (actor, _, { params }) => cancelRun(actor, params.id ?? ''),
});
