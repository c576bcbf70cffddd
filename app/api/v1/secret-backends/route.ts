import { listBackends } from '@/lib/access/secrets/backend-queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'secrets:read', run: listBackends });
