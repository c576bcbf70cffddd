import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listQueues } from '@/lib/platform/jobs/queries';

export const GET = apiRoute({ permission: 'settings:read', run: (actor) => listQueues(actor) });
