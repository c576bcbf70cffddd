import { apiRoute } from '@/lib/auth/api-route';
import { decideAcceptanceInput } from '@/lib/findings/contract';
import { decideAcceptance } from '@/lib/findings/decide-acceptance';

export const POST = apiRoute({
  permission: 'findings:write',
  input: decideAcceptanceInput,
  run: (actor, input, { params }) => decideAcceptance(actor, params.id ?? '', input),
});
