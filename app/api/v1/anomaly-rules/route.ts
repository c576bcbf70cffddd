import { listRules } from '@/lib/anomalies/queries';
import { apiRoute } from '@/lib/auth/api-route';

export const GET = apiRoute({ permission: 'audit:read', run: (actor) => listRules(actor) });
