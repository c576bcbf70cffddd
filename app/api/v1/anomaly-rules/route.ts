import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listRules } from '@/lib/response/anomalies/queries';

export const GET = apiRoute({ permission: 'audit:read', run: (actor) => listRules(actor) });
