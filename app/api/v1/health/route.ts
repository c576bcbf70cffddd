import { apiRoute } from '@/lib/auth/api-route';
import { getHealth } from '@/lib/overview/health';

export const GET = apiRoute({ permission: 'settings:read', run: (actor) => getHealth(actor) });
