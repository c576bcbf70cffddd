import { apiRoute } from '@/lib/auth/api-route';
import { bulkDecideInput } from '@/lib/findings/contract';
import { decideFindings } from '@/lib/findings/decide-finding';

export const POST = apiRoute({ permission: 'findings:write', input: bulkDecideInput, run: decideFindings });
