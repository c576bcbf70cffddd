import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';
import { getGroup } from '@/lib/response/detections/read/list-groups';
import { triageGroup } from '@/lib/response/detections/triage-group';
import { triageGroupInput } from '@/lib/response/detections/view-contract';

export const GET = apiRoute({
  permission: 'detections:read',
  run: (actor, _, { params }) => getGroup(actor, params.id ?? ''),
});

export const PATCH = apiRoute({
  permission: 'detections:write',
  input: triageGroupInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await triageGroup(actor, params.id ?? '', input, ifMatch)),
});
