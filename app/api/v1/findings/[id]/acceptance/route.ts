import { decideAcceptanceInput } from '@/lib/assurance/findings/contract';
import { decideAcceptance } from '@/lib/assurance/findings/decide/decide-acceptance';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'findings:write',
  input: decideAcceptanceInput,
  run: (actor, input, { params }) => decideAcceptance(actor, params.id ?? '', input),
});
