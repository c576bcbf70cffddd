import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { endExceptionInput } from '@/lib/response/detections/exception-contract';
import { endException } from '@/lib/response/detections/exceptions/end-exception';

export const POST = apiRoute({
  permission: 'detections:write',
  input: endExceptionInput,
  run: (actor, input, { params }) => endException(actor, params.id ?? '', input),
});
