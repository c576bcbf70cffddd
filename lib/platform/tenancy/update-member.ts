import type { Actor } from '@/lib/platform/auth/contract';
import { changeMemberRole } from './change-member-role';
import { type MemberDto, type UpdateMemberInput, updateMemberInput } from './contract';
import { disableMember } from './disable-member';
import { enableMember } from './enable-member';

/** `PATCH /members/{userId}`: the one verb that the change asks for. */
export async function updateMember(
  actor: Actor,
  userId: string,
  given: UpdateMemberInput,
  ifMatch: string | null = null,
): Promise<MemberDto> {
  const input = updateMemberInput.parse(given);
  if ('role' in input) return changeMemberRole(actor, userId, input.role, ifMatch);
  return input.disabled ? disableMember(actor, userId, ifMatch) : enableMember(actor, userId, ifMatch);
}
