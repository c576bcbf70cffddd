import { apiRoute } from '@/lib/auth/api-route';
import { restoreBlockInput } from '@/lib/blocks/contract';
import { restoreBlock } from '@/lib/blocks/restore-block';

export const POST = apiRoute({
  permission: 'blocks:write',
  input: restoreBlockInput,
  run: (actor, input, { params }) => restoreBlock(actor, params.id ?? '', input),
});
