import { apiRoute } from '@/lib/auth/api-route';
import { assignFindings } from '@/lib/findings/assign-findings';
import { assignFindingsInput } from '@/lib/findings/views-contract';

export const POST = apiRoute({
  permission: 'findings:write',
  input: assignFindingsInput,
  run: (actor, input) => assignFindings(actor, input),
});
