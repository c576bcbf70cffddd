import { revokeSourceInput } from '@/lib/access/event-sources/contract';
import { revokeToken } from '@/lib/access/event-sources/revoke-token';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: revokeSourceInput,
  run: (actor, input, { params }) => revokeToken(actor, params.id ?? '', params.tokenId ?? '', input),
});
