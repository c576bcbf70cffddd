import { apiRoute } from '@/lib/auth/api-route';
import { discardJob } from '@/lib/jobs/discard-job';

export const POST = apiRoute({
  permission: 'jobs:write',
  run: (actor, _input, { params }) => discardJob(actor, params.id ?? ''),
});
