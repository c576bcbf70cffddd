import { apiRoute } from '@/lib/auth/api-route';
import { listRunsInput, releaseGateInput } from '@/lib/checklist/contract';
import { decideRelease } from '@/lib/checklist/decide-release';
import { listVerdicts } from '@/lib/checklist/queries';

export const GET = apiRoute({ permission: 'checklist:read', input: listRunsInput, run: listVerdicts });

export const POST = apiRoute({
  permission: 'checklist:run',
  input: releaseGateInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => decideRelease(actor, input, idempotencyKey),
});
