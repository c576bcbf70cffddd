import { apiRoute } from '@/lib/auth/api-route';
import { createBlockInput, listBlocksInput } from '@/lib/blocks/contract';
import { createBlock } from '@/lib/blocks/create-block';
import { listBlocks } from '@/lib/blocks/queries';

export const GET = apiRoute({ permission: 'blocks:read', input: listBlocksInput, run: listBlocks });

export const POST = apiRoute({
  permission: 'blocks:write',
  input: createBlockInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => createBlock(actor, input, idempotencyKey),
});
