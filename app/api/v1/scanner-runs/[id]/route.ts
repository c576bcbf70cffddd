import { apiRoute } from '@/lib/auth/api-route';
import { getRun } from '@/lib/scanners/queries';

export const GET = apiRoute({
  permission: 'scans:read',
  run: (actor, _, { params }) => getRun(actor, params.id ?? ''),
});
