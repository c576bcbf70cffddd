import { and, eq, sql } from 'drizzle-orm';
import { membership } from '@/db/schema/identity';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { requireMatch } from '@/lib/platform/core/http/etag';
import type { MemberDto } from './contract';
import { findMember } from './member-dto';
import { lockTenant } from './operators';
import { tellMemberChange } from './tell-member-change';

/** Lets a disabled member in again, with the role they had. */
export async function enableMember(
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
    if (!member.disabledAt) return member;
    await tx
      .update(membership)
      .set({ disabledAt: null, version: sql`${membership.version} + 1` })
      .where(and(eq(membership.tenantId, tenantId), eq(membership.userId, userId)));
    await recordAudit(tx, actor, {
      action: 'member.enabled',
      target: { type: 'member', id: userId, label: member.name },
      details: { role: member.role },
    });
    await tellMemberChange(tx, actor, {
      change: 'enabled',
      subject: { type: 'member', id: userId, label: member.name },
    });
    return findMember(tx, tenantId, userId);
  });
}
