import { decideScanInput } from '@/lib/assurance/findings/contract';
import { decideScan } from '@/lib/assurance/findings/import/decide-scan';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'findings:write',
  input: decideScanInput,
  run: (actor, input, { params }) => decideScan(actor, params.id ?? '', input),
});
