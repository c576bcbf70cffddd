import { createTargetInput, pageInput } from '@/lib/assurance/scanners/contract';
import { createTarget } from '@/lib/assurance/scanners/create-target';
import { listTargets } from '@/lib/assurance/scanners/queries';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const GET = apiRoute({ permission: 'scans:read', input: pageInput, run: listTargets });

export const POST = apiRoute({
  permission: 'scanners:write',
  input: createTargetInput,
  status: 201,
  run: (actor, input) => createTarget(actor, input),
});
