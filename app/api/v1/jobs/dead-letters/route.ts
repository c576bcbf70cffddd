import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listDeadLettersInput } from '@/lib/platform/jobs/contract';
import { listDeadLetters } from '@/lib/platform/jobs/queries';

export const GET = apiRoute({
  permission: 'settings:read',
  input: listDeadLettersInput,
  run: listDeadLetters,
});
