import { decideFindingInput } from '@/lib/assurance/findings/contract';
import { decideFinding } from '@/lib/assurance/findings/decide/decide-finding';
import { getFinding } from '@/lib/assurance/findings/read/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';

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
