import { updateSourceInput } from '@/lib/access/event-sources/contract';
import { updateSource } from '@/lib/access/event-sources/update-source';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';

export const PATCH = apiRoute({
  permission: 'keys:write',
  input: updateSourceInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateSource(actor, params.id ?? '', input, ifMatch)),
});
