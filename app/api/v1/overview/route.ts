import { apiRoute } from '@/lib/auth/api-route';
import { getOverview } from '@/lib/overview/queries';

export const GET = apiRoute({ permission: 'keys:read', run: (actor) => getOverview(actor) });
