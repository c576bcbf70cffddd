import { undoRevokeInput } from '@/lib/access/api-keys/contract';
import { undoRevoke } from '@/lib/access/api-keys/undo-revoke';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: undoRevokeInput,
  run: (actor, input, { params }) => undoRevoke(actor, params.id ?? '', input),
});
