import { apiRoute } from '@/lib/auth/api-route';
import { pageInput } from '@/lib/scanners/contract';
import { listRuns } from '@/lib/scanners/queries';

export const GET = apiRoute({
  permission: 'scans:read',
  input: pageInput,
  run: (actor, input, { params }) => listRuns(actor, params.id ?? '', input),
});
