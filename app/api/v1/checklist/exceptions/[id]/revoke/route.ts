import { apiRoute } from '@/lib/auth/api-route';

import { settleExceptionInput } from '@/lib/checklist/contract';
import { revokeException } from '@/lib/checklist/revoke-exception';

export const POST = apiRoute({
  permission: 'checklist:run',
  input: settleExceptionInput,
  run: (actor, input, { params }) => revokeException(actor, params.id ?? '', input),
});
