import { apiRoute } from '@/lib/auth/api-route';
import { explainLimitsInput } from '@/lib/rate-limit/contract';
import { explainLimits } from '@/lib/rate-limit/queries';

export const POST = apiRoute({
  permission: 'policies:read',
  input: explainLimitsInput,
  run: (actor, input) => explainLimits(actor, input),
});
