import { getHealth } from '@/lib/insight/overview/health';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'settings:read', run: (actor) => getHealth(actor) });
