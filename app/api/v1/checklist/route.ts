import { getChecklist } from '@/lib/assurance/checklist/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'checklist:read', run: getChecklist });
