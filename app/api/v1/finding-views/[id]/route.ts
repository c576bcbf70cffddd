import { updateViewInput } from '@/lib/assurance/findings/saved-views-contract';
import { getView } from '@/lib/assurance/findings/views/saved-views';
import { updateView } from '@/lib/assurance/findings/views/update-view';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';

export const GET = apiRoute({
  permission: 'findings:read',
  run: async (actor, _, { params }) => taggedJson(await getView(actor, params.id ?? '')),
});

export const PATCH = apiRoute({
  permission: 'findings:read',
  input: updateViewInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateView(actor, params.id ?? '', input, ifMatch)),
});
