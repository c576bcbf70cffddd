import { lookUpUsersInput } from '@/lib/access/supabase/contract';
import { lookUpUsers } from '@/lib/access/supabase/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'blocks:write', input: lookUpUsersInput, run: lookUpUsers });
