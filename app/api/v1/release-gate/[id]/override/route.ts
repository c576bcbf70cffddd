import { overrideVerdictInput } from '@/lib/assurance/checklist/contract';
import { overrideVerdict } from '@/lib/assurance/checklist/override-verdict';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'checklist:write',
  input: overrideVerdictInput,
  run: (actor, input, { params }) => overrideVerdict(actor, params.id ?? '', input),
});
