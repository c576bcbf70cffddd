import { restoreBlockInput } from '@/lib/access/blocks/contract';
import { restoreBlock } from '@/lib/access/blocks/restore-block';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'blocks:write',
  input: restoreBlockInput,
  run: (actor, input, { params }) => restoreBlock(actor, params.id ?? '', input),
});
