import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { getRateLimits } from '@/lib/platform/rate-limit/queries';

export const GET = apiRoute({ permission: 'policies:read', run: (actor) => getRateLimits(actor) });
