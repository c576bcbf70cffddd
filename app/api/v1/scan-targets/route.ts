import { apiRoute } from '@/lib/auth/api-route';
import { createTargetInput, pageInput } from '@/lib/scanners/contract';
import { createTarget } from '@/lib/scanners/create-target';
import { listTargets } from '@/lib/scanners/queries';

export const GET = apiRoute({ permission: 'scans:read', input: pageInput, run: listTargets });

export const POST = apiRoute({
  permission: 'scanners:write',
  input: createTargetInput,
  status: 201,
  run: (actor, input) => createTarget(actor, input),
});
