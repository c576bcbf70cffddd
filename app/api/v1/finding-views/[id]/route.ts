import { apiRoute } from '@/lib/auth/api-route';
import { taggedJson } from '@/lib/core/etag';
import { getView } from '@/lib/findings/saved-views';
import { updateViewInput } from '@/lib/findings/saved-views-contract';
import { updateView } from '@/lib/findings/update-view';

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
