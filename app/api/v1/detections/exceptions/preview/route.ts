import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { previewExceptionInput } from '@/lib/response/detections/exception-contract';
import { previewException } from '@/lib/response/detections/exceptions/request-exception';

export const POST = apiRoute({
  permission: 'detections:read',
  input: previewExceptionInput,
  run: (actor, input) => previewException(actor, input),
});
