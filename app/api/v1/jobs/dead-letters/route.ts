import { apiRoute } from '@/lib/auth/api-route';
import { listDeadLettersInput } from '@/lib/jobs/contract';
import { listDeadLetters } from '@/lib/jobs/queries';

export const GET = apiRoute({
  permission: 'settings:read',
  input: listDeadLettersInput,
  run: listDeadLetters,
});
