import { exportFindings } from '@/lib/assurance/findings/export/export-findings';
import { exportFindingsInput } from '@/lib/assurance/findings/views-contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'findings:read', input: exportFindingsInput, run: exportFindings });
