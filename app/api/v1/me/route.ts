import { apiRoute } from '@/lib/platform/auth/api-route';
import { getMe } from '@/lib/platform/auth/queries';

export const GET = apiRoute({ permission: 'session', run: (actor) => getMe(actor) });
