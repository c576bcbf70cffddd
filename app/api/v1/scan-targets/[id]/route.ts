import { apiRoute } from '@/lib/auth/api-route';
import { taggedJson } from '@/lib/core/etag';
import { updateTargetInput } from '@/lib/scanners/contract';
import { getTarget } from '@/lib/scanners/queries';
import { updateTarget } from '@/lib/scanners/update-target';

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
