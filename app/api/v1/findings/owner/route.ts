import { assignFindings } from '@/lib/assurance/findings/decide/assign-findings';
import { assignFindingsInput } from '@/lib/assurance/findings/views-contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'findings:write',
  input: assignFindingsInput,
  run: (actor, input) => assignFindings(actor, input),
});
