import { listRunsInput, startRunInput } from '@/lib/assurance/checklist/contract';
import { listRuns } from '@/lib/assurance/checklist/queries';
import { startRun } from '@/lib/assurance/checklist/start-run';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'checklist:read', input: listRunsInput, run: listRuns });

export const POST = apiRoute({
  permission: 'checklist:run',
  input: startRunInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => startRun(actor, input, idempotencyKey),
});
