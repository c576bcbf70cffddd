import { updateTargetInput } from '@/lib/assurance/scanners/contract';
import { getTarget } from '@/lib/assurance/scanners/queries';
import { updateTarget } from '@/lib/assurance/scanners/targets/update-target';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';

export const GET = apiRoute({
  permission: 'scans:read',
  run: async (actor, _, { params }) => taggedJson(await getTarget(actor, params.id ?? '')),
});

export const PATCH = apiRoute({
  permission: 'scanners:write',
  input: updateTargetInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateTarget(actor, params.id ?? '', input, ifMatch)),
});
