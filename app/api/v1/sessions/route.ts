import { apiRoute } from '@/lib/auth/api-route';
import { listMySessions } from '@/lib/auth/queries';

export const GET = apiRoute({ permission: 'session', run: (actor) => listMySessions(actor) });
