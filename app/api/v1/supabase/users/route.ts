import { apiRoute } from '@/lib/auth/api-route';
import { lookUpUsersInput } from '@/lib/supabase/contract';
import { lookUpUsers } from '@/lib/supabase/queries';

export const GET = apiRoute({ permission: 'blocks:write', input: lookUpUsersInput, run: lookUpUsers });
