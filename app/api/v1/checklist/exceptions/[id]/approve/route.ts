import { approveException } from '@/lib/assurance/checklist/approve-exception';
import { settleExceptionInput } from '@/lib/assurance/checklist/contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'checklist:write',
  input: settleExceptionInput,
  run: (actor, input, { params }) => approveException(actor, params.id ?? '', input),
});
