import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import { invitation } from '@/db/schema/identity';
import { inTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { hasHandles } from '@/lib/platform/auth/sign-in/proven-identity';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { INVITATION_DAYS, type InvitationDto, type InviteMemberInput, inviteMemberInput } from './contract';
import { findInvitation } from './invitation-dto';
import { lockTenant } from './operators';
import { tellMemberChange } from './tell-member-change';

type Invited = Pick<typeof invitation.$inferSelect, 'provider' | 'matcher' | 'value'>;

function requireKnownProvider({ provider, matcher }: Invited): void {
  const known = getEnv().signInProviders.find(({ id }) => id === provider);
  if (!known) throw new AppError('unprocessable', `There is no sign-in provider "${provider}" here.`);
  if (matcher === 'handle' && !hasHandles(known)) {
    throw new AppError(
      'unprocessable',
      `${known.label} does not keep user names unique. Invite by e-mail address.`,
    );
  }
}

async function refuseSecondInvitation(tx: WriteTx, tenantId: string, invited: Invited): Promise<void> {
  const [open] = await tx
    .select({ id: invitation.id })
    .from(invitation)
    .where(
      and(
        eq(invitation.tenantId, tenantId),
        eq(invitation.provider, invited.provider),
        eq(invitation.matcher, invited.matcher),
        eq(invitation.value, invited.value),
        isNull(invitation.acceptedAt),
        isNull(invitation.revokedAt),
        gt(invitation.expiresAt, sql`now()`),
      ),
    );
  if (open)
    throw new AppError(
      'conflict',
      'This person already has a pending invitation. To change the role, revoke it and invite them again.',
    );
}

/** Lets one person in at their next sign-in with this provider and this handle or verified e-mail, within 7 days. */
export async function inviteMember(actor: Actor, given: InviteMemberInput): Promise<InvitationDto> {
  requirePermission(actor, 'members:write');
  const input = inviteMemberInput.parse(given);
  requireKnownProvider(input);
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    await lockTenant(tx, tenantId);
    await refuseSecondInvitation(tx, tenantId, input);
    const id = newId();
    await tx.insert(invitation).values({
      tenantId,
      id,
      ...input,
      invitedBy: actor.type === 'user' ? actor.userId : null,
      expiresAt: sql`now() + make_interval(days => ${INVITATION_DAYS}::integer)`,
    });
    await recordAudit(tx, actor, {
      action: 'member.invited',
      target: { type: 'invitation', id, label: input.value },
      details: { ...input },
    });
    await tellMemberChange(tx, actor, {
      change: 'invited',
      subject: { type: 'invitation', id, label: input.value },
      role: input.role,
    });
    return findInvitation(tx, tenantId, id);
  });
}
