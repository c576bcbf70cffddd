import { getGateRoutes } from '@/lib/access/gate-routes/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'policies:read', run: (actor) => getGateRoutes(actor) });
