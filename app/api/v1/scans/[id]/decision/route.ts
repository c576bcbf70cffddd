import { apiRoute } from '@/lib/auth/api-route';
import { decideScanInput } from '@/lib/findings/contract';
import { decideScan } from '@/lib/findings/decide-scan';

export const POST = apiRoute({
  permission: 'findings:write',
  input: decideScanInput,
  run: (actor, input, { params }) => decideScan(actor, params.id ?? '', input),
});
