import { apiRoute } from '@/lib/auth/api-route';
import { retryJob } from '@/lib/jobs/retry-job';

export const POST = apiRoute({
  permission: 'jobs:write',
  run: (actor, _input, { params }) => retryJob(actor, params.id ?? ''),
});
