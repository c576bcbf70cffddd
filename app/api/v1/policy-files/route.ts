import { listPolicyFiles } from '@/lib/insight/overview/policy-files';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'settings:read', run: listPolicyFiles });
