import { undoRevokeInput } from '@/lib/api-keys/contract';
import { undoRevoke } from '@/lib/api-keys/undo-revoke';
import { apiRoute } from '@/lib/auth/api-route';

export const POST = apiRoute({
  permission: 'keys:write',
  input: undoRevokeInput,
  run: (actor, input, { params }) => undoRevoke(actor, params.id ?? '', input),
});
