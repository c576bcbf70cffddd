import { apiRoute } from '@/lib/auth/api-route';
import { getChecklist } from '@/lib/checklist/queries';

export const GET = apiRoute({ permission: 'checklist:read', run: getChecklist });
