import { pageInput } from '@/lib/assurance/scanners/contract';
import { listRuns } from '@/lib/assurance/scanners/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'scans:read',
  input: pageInput,
  run: (actor, input, { params }) => listRuns(actor, params.id ?? '', input),
});
