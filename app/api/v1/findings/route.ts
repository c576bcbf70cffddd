import { apiRoute } from '@/lib/auth/api-route';
import { listFindingsInput } from '@/lib/findings/contract';
import { listFindings } from '@/lib/findings/queries';

export const GET = apiRoute({ permission: 'findings:read', input: listFindingsInput, run: listFindings });
