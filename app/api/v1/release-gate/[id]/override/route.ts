import { apiRoute } from '@/lib/auth/api-route';
import { overrideVerdictInput } from '@/lib/checklist/contract';
import { overrideVerdict } from '@/lib/checklist/override-verdict';

export const POST = apiRoute({
  permission: 'checklist:write',
  input: overrideVerdictInput,
  run: (actor, input, { params }) => overrideVerdict(actor, params.id ?? '', input),
});
