import { and, eq, sql } from 'drizzle-orm';
import { membership } from '@/db/schema/identity';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { type MemberDto, type Role, updateMemberInput } from './contract';
import { findMember } from './member-dto';
import { lockTenant, requireAnotherOperator } from './operators';
import { tellMemberChange } from './tell-member-change';

/**
 * Gives a member another role; it holds from their next request on.
 * @param ifMatch the entity tag of the copy that was edited, or null for no check
 * @throws AppError conflict for the last operator, precondition_failed where somebody changed the member since
 */
export async function changeMemberRole(
  actor: Actor,
  userId: string,
  role: Role,
  ifMatch: string | null = null,
): Promise<MemberDto> {
  requirePermission(actor, 'members:write');
  updateMemberInput.parse({ role });
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    await lockTenant(tx, tenantId);
    const member = await findMember(tx, tenantId, userId);
    requireMatch(ifMatch, member.version);
    if (member.role === role) return member;
    if (member.role === 'operator') await requireAnotherOperator(tx, tenantId, userId);
    await tx
      .update(membership)
      .set({ role, version: sql`${membership.version} + 1` })
      .where(and(eq(membership.tenantId, tenantId), eq(membership.userId, userId)));
    await recordAudit(tx, actor, {
      action: 'member.role_changed',
      target: { type: 'member', id: userId, label: member.name },
      details: { before: { role: member.role }, after: { role } },
    });
    await tellMemberChange(tx, actor, {
      change: 'role_changed',
      subject: { type: 'member', id: userId, label: member.name },
      role,
      roleBefore: member.role,
    });
    return findMember(tx, tenantId, userId);
  });
}
