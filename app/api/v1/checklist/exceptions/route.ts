import { apiRoute } from '@/lib/auth/api-route';
import { requestExceptionInput } from '@/lib/checklist/contract';
import { requestException } from '@/lib/checklist/request-exception';

export const POST = apiRoute({
  permission: 'checklist:run',
  input: requestExceptionInput,
  status: 201,
  run: requestException,
});
