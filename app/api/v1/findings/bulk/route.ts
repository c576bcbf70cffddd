import { apiRoute } from '@/lib/auth/api-route';
import { bulkDecideInput } from '@/lib/findings/bulk-contract';
import { decideFindings } from '@/lib/findings/decide-findings';

export const POST = apiRoute({ permission: 'findings:write', input: bulkDecideInput, run: decideFindings });
