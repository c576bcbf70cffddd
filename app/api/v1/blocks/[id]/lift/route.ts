import { liftBlockInput } from '@/lib/access/blocks/contract';
import { liftBlock } from '@/lib/access/blocks/lift-block';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'blocks:write',
  input: liftBlockInput,
  run: (actor, input, { params }) => liftBlock(actor, params.id ?? '', input),
});
