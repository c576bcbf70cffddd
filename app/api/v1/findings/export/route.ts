import { apiRoute } from '@/lib/auth/api-route';
import { exportFindings } from '@/lib/findings/export-findings';
import { exportFindingsInput } from '@/lib/findings/views-contract';

export const GET = apiRoute({ permission: 'findings:read', input: exportFindingsInput, run: exportFindings });
