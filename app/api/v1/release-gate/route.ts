import { listRunsInput, releaseGateInput } from '@/lib/assurance/checklist/contract';
import { decideRelease } from '@/lib/assurance/checklist/decide-release';
import { listVerdicts } from '@/lib/assurance/checklist/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'checklist:read', input: listRunsInput, run: listVerdicts });

export const POST = apiRoute({
  permission: 'checklist:run',
  input: releaseGateInput,
  status: 201,
  run: (actor, input, { idempotencyKey }) => decideRelease(actor, input, idempotencyKey),
});
