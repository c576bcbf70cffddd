import { apiRoute } from '@/lib/auth/api-route';
import { getGateRoutes } from '@/lib/gate-routes/queries';

export const GET = apiRoute({ permission: 'policies:read', run: (actor) => getGateRoutes(actor) });
