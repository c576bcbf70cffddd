import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { getIntegrity } from '@/lib/platform/sealing/queries';

export const GET = apiRoute({ permission: 'audit:read', run: getIntegrity });
