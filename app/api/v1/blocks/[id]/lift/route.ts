import { apiRoute } from '@/lib/auth/api-route';
import { liftBlockInput } from '@/lib/blocks/contract';
import { liftBlock } from '@/lib/blocks/lift-block';

export const POST = apiRoute({
  permission: 'blocks:write',
  input: liftBlockInput,
  run: (actor, input, { params }) => liftBlock(actor, params.id ?? '', input),
});
