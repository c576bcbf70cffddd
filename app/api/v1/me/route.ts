import { apiRoute } from '@/lib/auth/api-route';
import { getMe } from '@/lib/auth/queries';

export const GET = apiRoute({ permission: 'session', run: (actor) => getMe(actor) });
