import { getView } from '@/lib/assurance/findings/saved-views';
import { updateViewInput } from '@/lib/assurance/findings/saved-views-contract';
import { updateView } from '@/lib/assurance/findings/update-view';
import { apiRoute } from '@/lib/platform/auth/api-route';
import { taggedJson } from '@/lib/platform/core/etag';

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
