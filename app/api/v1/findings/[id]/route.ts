import { apiRoute } from '@/lib/auth/api-route';
import { taggedJson } from '@/lib/core/etag';
import { decideFindingInput } from '@/lib/findings/contract';
import { decideFinding } from '@/lib/findings/decide-finding';
import { getFinding } from '@/lib/findings/queries';

export const GET = apiRoute({
  permission: 'findings:read',
  run: (actor, _input, { params }) => getFinding(actor, params.id ?? ''),
});

export const PATCH = apiRoute({
  permission: 'findings:write',
  input: decideFindingInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await decideFinding(actor, params.id ?? '', input, ifMatch)),
});
