import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listExceptionsInput, requestExceptionInput } from '@/lib/response/detections/exception-contract';
import { listExceptions } from '@/lib/response/detections/exceptions/queries';
import { requestException } from '@/lib/response/detections/exceptions/request-exception';

export const GET = apiRoute({
  permission: 'detections:read',
  input: listExceptionsInput,
  run: listExceptions,
});

export const POST = apiRoute({
  permission: 'detections:write',
  input: requestExceptionInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => requestException(actor, input, idempotencyKey),
});
