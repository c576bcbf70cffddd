import { apiRoute } from '@/lib/auth/api-route';
import { getRateLimits } from '@/lib/rate-limit/queries';

export const GET = apiRoute({ permission: 'policies:read', run: (actor) => getRateLimits(actor) });
