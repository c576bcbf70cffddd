import { and, eq, sql } from 'drizzle-orm';
import { membership } from '@/db/schema/identity';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { requireMatch } from '@/lib/platform/core/http/etag';
import type { MemberDto } from './contract';
import { findMember } from './member-dto';
import { lockTenant, requireAnotherOperator } from './operators';
import { tellMemberChange } from './tell-member-change';

/**
 * Shuts a member out of the tenant, from their next request on. Their keys stay: services depend on them.
 * @throws AppError conflict for the last operator, precondition_failed where somebody changed the member since
 */
export async function disableMember(
  actor: Actor,
  userId: string,
  ifMatch: string | null = null,
): Promise<MemberDto> {
  requirePermission(actor, 'members:write');
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    await lockTenant(tx, tenantId);
    const member = await findMember(tx, tenantId, userId);
    requireMatch(ifMatch, member.version);
    if (member.disabledAt) return member;
    if (member.role === 'operator') await requireAnotherOperator(tx, tenantId, userId);
    await tx
      .update(membership)
      .set({ disabledAt: sql`now()`, version: sql`${membership.version} + 1` })
      .where(and(eq(membership.tenantId, tenantId), eq(membership.userId, userId)));
    await recordAudit(tx, actor, {
      action: 'member.disabled',
      target: { type: 'member', id: userId, label: member.name },
      details: { role: member.role },
    });
    await tellMemberChange(tx, actor, {
      change: 'disabled',
      subject: { type: 'member', id: userId, label: member.name },
    });
    return findMember(tx, tenantId, userId);
  });
}
