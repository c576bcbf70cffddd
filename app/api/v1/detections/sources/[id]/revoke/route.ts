import { revokeSourceInput } from '@/lib/access/event-sources/contract';
import { revokeSource } from '@/lib/access/event-sources/revoke-source';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: revokeSourceInput,
  run: (actor, input, { params }) => revokeSource(actor, params.id ?? '', input),
});
