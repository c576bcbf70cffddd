import { apiRoute } from '@/lib/platform/auth/api-route';
import { listMySessions } from '@/lib/platform/auth/queries';

export const GET = apiRoute({ permission: 'session', run: (actor) => listMySessions(actor) });
