import { settleExceptionInput } from '@/lib/assurance/checklist/contract';
import { revokeException } from '@/lib/assurance/checklist/revoke-exception';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'checklist:run',
  input: settleExceptionInput,
  run: (actor, input, { params }) => revokeException(actor, params.id ?? '', input),
});
