import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { discardJob } from '@/lib/platform/jobs/discard-job';

export const POST = apiRoute({
  permission: 'jobs:write',
  run: (actor, _input, { params }) => discardJob(actor, params.id ?? ''),
});
