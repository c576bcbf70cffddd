import { undoRevoke } from '@/lib/access/api-keys/change/undo-revoke';
import { undoRevokeInput } from '@/lib/access/api-keys/contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: undoRevokeInput,
  run: (actor, input, { params }) => undoRevoke(actor, params.id ?? '', input),
});
