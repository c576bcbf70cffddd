import { apiRoute } from '@/lib/auth/api-route';
import { exportFindingsInput } from '@/lib/findings/contract';
import { exportFindings } from '@/lib/findings/export-findings';

export const GET = apiRoute({ permission: 'findings:read', input: exportFindingsInput, run: exportFindings });
