import { listOwners } from '@/lib/assurance/findings/assign-findings';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const GET = apiRoute({ permission: 'findings:write', run: (actor) => listOwners(actor) });
