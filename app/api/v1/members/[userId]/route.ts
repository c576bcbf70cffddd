import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';
import { updateMemberInput } from '@/lib/platform/tenancy/contract';
import { getMember } from '@/lib/platform/tenancy/queries';
import { updateMember } from '@/lib/platform/tenancy/update-member';

export const GET = apiRoute({
  permission: 'members:read',
  run: async (actor, _input, { params }) => taggedJson(await getMember(actor, params.userId ?? '')),
});

export const PATCH = apiRoute({
  permission: 'members:write',
  input: updateMemberInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await updateMember(actor, params.userId ?? '', input, ifMatch)),
});
