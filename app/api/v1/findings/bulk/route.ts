import { bulkDecideInput } from '@/lib/assurance/findings/bulk-contract';
import { decideFindings } from '@/lib/assurance/findings/decide/decide-findings';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({ permission: 'findings:write', input: bulkDecideInput, run: decideFindings });
