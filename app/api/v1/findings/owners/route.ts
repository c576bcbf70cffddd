import { apiRoute } from '@/lib/auth/api-route';
import { listOwners } from '@/lib/findings/assign-findings';

export const GET = apiRoute({ permission: 'findings:write', run: (actor) => listOwners(actor) });
