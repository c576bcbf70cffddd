import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { retryJob } from '@/lib/platform/jobs/retry-job';

export const POST = apiRoute({
  permission: 'jobs:write',
  run: (actor, _input, { params }) => retryJob(actor, params.id ?? ''),
});
