import { apiRoute } from '@/lib/auth/api-route';
import { explainRouteInput } from '@/lib/gate-routes/contract';
import { explainRoute } from '@/lib/gate-routes/queries';

export const POST = apiRoute({
  permission: 'policies:read',
  input: explainRouteInput,
  run: (actor, input) => explainRoute(actor, input),
});
