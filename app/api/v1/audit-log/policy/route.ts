import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { getPolicy } from '@/lib/platform/sealing/serve/texts';

export const GET = apiRoute({ permission: 'audit:export', run: getPolicy });
