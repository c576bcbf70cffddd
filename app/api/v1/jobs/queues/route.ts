import { apiRoute } from '@/lib/auth/api-route';
import { listQueues } from '@/lib/jobs/queries';

export const GET = apiRoute({ permission: 'settings:read', run: (actor) => listQueues(actor) });
