import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { explainLimitsInput } from '@/lib/platform/rate-limit/contract';
import { explainLimits } from '@/lib/platform/rate-limit/queries';

export const POST = apiRoute({
  permission: 'policies:read',
  input: explainLimitsInput,
  run: (actor, input) => explainLimits(actor, input),
});
