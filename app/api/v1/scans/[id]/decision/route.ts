import { decideScanInput } from '@/lib/assurance/findings/contract';
import { decideScan } from '@/lib/assurance/findings/decide-scan';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const POST = apiRoute({
  permission: 'findings:write',
  input: decideScanInput,
  run: (actor, input, { params }) => decideScan(actor, params.id ?? '', input),
});
