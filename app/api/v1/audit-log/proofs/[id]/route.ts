import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { leafInput } from '@/lib/platform/sealing/contract';
import { getProof } from '@/lib/platform/sealing/serve/texts';

export const GET = apiRoute({
  permission: 'audit:export',
  input: leafInput,
  run: (actor, input, { params }) => getProof(actor, params.id, input),
});
