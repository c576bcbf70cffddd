import { apiRoute } from '@/lib/auth/api-route';
import { listRunsInput, startRunInput } from '@/lib/checklist/contract';
import { listRuns } from '@/lib/checklist/queries';
import { startRun } from '@/lib/checklist/start-run';

export const GET = apiRoute({ permission: 'checklist:read', input: listRunsInput, run: listRuns });

export const POST = apiRoute({
  permission: 'checklist:run',
  input: startRunInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => startRun(actor, input, idempotencyKey),
});
