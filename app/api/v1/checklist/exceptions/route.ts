import { requestExceptionInput } from '@/lib/assurance/checklist/contract';
import { requestException } from '@/lib/assurance/checklist/request-exception';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'checklist:run',
  input: requestExceptionInput,
  status: 201,
  run: requestException,
});
