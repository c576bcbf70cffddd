import { and, eq, isNull, sql } from 'drizzle-orm';
import { invitation } from '@/db/schema/identity';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import type { InvitationDto } from './contract';
import { findInvitation } from './invitation-dto';
import { tellMemberChange } from './tell-member-change';

/** Takes an open invitation back. @throws AppError conflict where it was accepted or revoked before */
export async function revokeInvitation(actor: Actor, id: string): Promise<InvitationDto> {
  requirePermission(actor, 'members:write');
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const found = await findInvitation(tx, tenantId, id);
    const revoked = await tx
      .update(invitation)
      .set({ revokedAt: sql`now()` })
      .where(
        and(
          eq(invitation.tenantId, tenantId),
          eq(invitation.id, id),
          isNull(invitation.acceptedAt),
          isNull(invitation.revokedAt),
        ),
      )
      .returning({ id: invitation.id });
    if (revoked.length === 0)
      throw new AppError('conflict', 'This invitation has already been accepted or revoked.');
    await recordAudit(tx, actor, {
      action: 'member.invitation_revoked',
      target: { type: 'invitation', id, label: found.value },
      details: { provider: found.provider, role: found.role },
    });
    await tellMemberChange(tx, actor, {
      change: 'invitation_revoked',
      subject: { type: 'invitation', id, label: found.value },
    });
    return findInvitation(tx, tenantId, id);
  });
}
