import type { Owner } from '@/components/access/api-keys/owner';
import type { UserActor } from '@/lib/platform/auth/contract';
import { may } from '@/lib/platform/auth/rules';
import { listMembers } from '@/lib/platform/tenancy/queries';

const OWNERS_MAX = 200;

/** The members that can own a key; nobody for those who may not see members. */
export async function listOwners(actor: UserActor): Promise<Owner[]> {
  if (!may(actor, 'members:read')) return [];
  const { items } = await listMembers(actor, { limit: OWNERS_MAX });
  return items
    .filter(({ disabledAt, isAccountDisabled }) => disabledAt === null && !isAccountDisabled)
    .map(({ userId, name }) => ({ userId, name }));
}
