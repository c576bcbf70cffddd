import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { invitation, membership } from '@/db/schema/identity';
import { enterTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { RequestInfo } from '@/lib/platform/auth/contract';
import type { ProvenIdentity } from '@/lib/platform/auth/sign-in/proven-identity';
import { tellMemberChange } from './tell-member-change';

export interface Invitee {
  userId: string;
  identity: ProvenIdentity;
  request: RequestInfo;
}

type Invitation = typeof invitation.$inferSelect;

function matches({ handle, email }: ProvenIdentity) {
  const byHandle = and(eq(invitation.matcher, 'handle'), eq(invitation.value, handle ?? ''));
  const byEmail = and(eq(invitation.matcher, 'email'), eq(invitation.value, email ?? ''));
  return or(byHandle, byEmail);
}

async function join(tx: WriteTx, invited: Invitation, invitee: Invitee): Promise<void> {
  const { userId, identity, request } = invitee;
  const { tenantId, role } = invited;
  const joined = await tx
    .insert(membership)
    .values({ tenantId, userId, role })
    .onConflictDoNothing()
    .returning({ userId: membership.userId });
  if (joined.length === 0) return;
  await enterTenant(tx, tenantId);
  await recordAudit(
    tx,
    { type: 'anonymous', tenantId, label: identity.displayName, request },
    {
      action: 'member.joined',
      target: { type: 'member', id: userId, label: identity.displayName },
      details: {
        role,
        invitationId: invited.id,
        provider: identity.provider,
        [invited.matcher]: invited.value,
      },
    },
  );
  await tellMemberChange(
    tx,
    { tenantId, label: identity.displayName },
    { change: 'joined', subject: { type: 'member', id: userId, label: identity.displayName }, role },
  );
}

/**
 * Accepts every open invitation to this provider and this handle or verified e-mail. Somebody who is a member already
 * keeps role and state: an invitation never re-enables or promotes.
 */
export async function acceptInvitations(tx: WriteTx, invitee: Invitee): Promise<void> {
  const { identity, userId } = invitee;
  if (identity.handle === null && identity.email === null) return;
  const accepted = await tx
    .update(invitation)
    .set({ acceptedAt: sql`now()`, acceptedBy: userId })
    .where(
      and(
        eq(invitation.provider, identity.provider),
        matches(identity),
        isNull(invitation.acceptedAt),
        isNull(invitation.revokedAt),
        gt(invitation.expiresAt, sql`now()`),
      ),
    )
    .returning();
  for (const invited of accepted) await join(tx, invited, invitee);
}
