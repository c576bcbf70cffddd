import { listOwners } from '@/lib/assurance/findings/decide/assign-findings';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'findings:write', run: (actor) => listOwners(actor) });
