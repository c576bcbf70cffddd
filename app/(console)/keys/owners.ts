import type { Owner } from '@/components/api-keys/owner';
import type { UserActor } from '@/lib/auth/contract';
import { may } from '@/lib/auth/rules';
import { listMembers } from '@/lib/tenancy/queries';

const OWNERS_MAX = 200;

/** The members that can own a key; nobody for those who may not see members. */
export async function listOwners(actor: UserActor): Promise<Owner[]> {
  if (!may(actor, 'members:read')) return [];
  const { items } = await listMembers(actor, { limit: OWNERS_MAX });
  return items
    .filter(({ disabledAt, isAccountDisabled }) => disabledAt === null && !isAccountDisabled)
    .map(({ userId, name }) => ({ userId, name }));
}
