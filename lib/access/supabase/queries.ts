import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import { supabaseAdminOf } from './admin';
import { type LookUpUsersInput, lookUpUsersInput, type SupabaseUserListDto } from './contract';

/**
 * Users at Supabase, for whoever may block them: by id, or by a part of the e-mail address.
 * @throws AppError `not_found` where Supabase, or its service key, is not configured for this tenant; `unavailable`
 */
export async function lookUpUsers(actor: Actor, given: LookUpUsersInput): Promise<SupabaseUserListDto> {
  requirePermission(actor, 'blocks:write');
  const { q } = lookUpUsersInput.parse(given);
  const { supabase } = getEnv();
  const admin = supabase?.tenantId === actor.tenantId ? supabaseAdminOf(supabase) : null;
  if (!admin)
    throw new AppError('not_found', 'Supabase is not connected with a service key for this tenant.');
  if (isId(q.toLowerCase())) {
    const user = await admin.findUser(q.toLowerCase());
    return { items: user ? [user] : [], isComplete: true };
  }
  const { users, isComplete } = await admin.findByEmail(q);
  return { items: users.slice(0, 50), isComplete };
}
