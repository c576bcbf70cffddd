import { apiRoute } from '@/lib/auth/api-route';
import { taggedJson } from '@/lib/core/etag';
import { updateMemberInput } from '@/lib/tenancy/contract';
import { getMember } from '@/lib/tenancy/queries';
import { updateMember } from '@/lib/tenancy/update-member';

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
