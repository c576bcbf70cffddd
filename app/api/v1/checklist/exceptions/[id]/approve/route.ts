import { apiRoute } from '@/lib/auth/api-route';
import { approveException } from '@/lib/checklist/approve-exception';
import { settleExceptionInput } from '@/lib/checklist/contract';

export const POST = apiRoute({
  permission: 'checklist:write',
  input: settleExceptionInput,
  run: (actor, input, { params }) => approveException(actor, params.id ?? '', input),
});
