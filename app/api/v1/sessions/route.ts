import { listMySessions } from '@/lib/platform/auth/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'session', run: (actor) => listMySessions(actor) });
