import { explainRouteInput } from '@/lib/access/gate-routes/contract';
import { explainRoute } from '@/lib/access/gate-routes/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'policies:read',
  input: explainRouteInput,
  run: (actor, input) => explainRoute(actor, input),
});
