import { listFindingsInput } from '@/lib/assurance/findings/contract';
import { listFindings } from '@/lib/assurance/findings/read/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'findings:read', input: listFindingsInput, run: listFindings });
