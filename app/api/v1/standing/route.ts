import { getStanding } from '@/lib/insight/overview/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'keys:read', run: (actor) => getStanding(actor) });
