import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { leafInput } from '@/lib/platform/sealing/contract';
import { getLeaf } from '@/lib/platform/sealing/queries';

export const GET = apiRoute({
  permission: 'audit:read',
  input: leafInput,
  run: (actor, input, { params }) => getLeaf(actor, params.id, input),
});
