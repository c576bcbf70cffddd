import { createTargetInput, pageInput } from '@/lib/assurance/scanners/contract';
import { listTargets } from '@/lib/assurance/scanners/queries';
import { createTarget } from '@/lib/assurance/scanners/targets/create-target';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'scans:read', input: pageInput, run: listTargets });

export const POST = apiRoute({
  permission: 'scanners:write',
  input: createTargetInput,
  status: 201,
  run: (actor, input) => createTarget(actor, input),
});
