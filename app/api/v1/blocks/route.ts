import { createBlockInput, listBlocksInput } from '@/lib/access/blocks/contract';
import { createBlock } from '@/lib/access/blocks/create-block';
import { listBlocks } from '@/lib/access/blocks/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'blocks:read', input: listBlocksInput, run: listBlocks });

export const POST = apiRoute({
  permission: 'blocks:write',
  input: createBlockInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => createBlock(actor, input, idempotencyKey),
});
