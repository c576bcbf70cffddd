import { and, eq } from 'drizzle-orm';
import { acceptance } from '@/db/schema/findings';
import { inTenant } from '@/db/scope';
import {
  type DecideAcceptanceInput,
  decideAcceptanceInput,
  type FindingDto,
} from '@/lib/assurance/findings/contract';
import { readFinding } from '@/lib/assurance/findings/read/queries';
import { decided } from '@/lib/assurance/findings/rules';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission, requirePerson } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { identityOf, lockFinding, targetOf, writeTransitions } from './decide-finding';

/** Approves or refuses what somebody else asked to accept. Nobody approves their own request. */
export async function decideAcceptance(
  actor: Actor,
  findingId: string,
  given: DecideAcceptanceInput,
): Promise<FindingDto> {
  requirePermission(actor, 'findings:write');
  requirePerson(actor);
  const { verdict, comment } = decideAcceptanceInput.parse(given);
  return inTenant(actor, async (tx) => {
    const stored = await lockFinding(tx, actor.tenantId, findingId);
    const own = and(
      eq(acceptance.tenantId, actor.tenantId),
      eq(acceptance.findingId, findingId),
      eq(acceptance.state, 'requested'),
    );
    const [asked] = await tx.select().from(acceptance).where(own).for('update');
    if (!asked) throw new AppError('conflict', 'No acceptance is pending for this finding. Reload the page.');
    if (asked.requestedBy === identityOf(actor)) {
      throw new AppError(
        'forbidden',
        'You requested this acceptance, so someone else must approve or decline it.',
      );
    }
    const now = new Date();
    if (verdict === 'approve' && asked.until <= now)
      throw new AppError('conflict', 'The acceptance would have ended already. Ask for a new one.');
    await tx
      .update(acceptance)
      .set({
        state: verdict === 'approve' ? 'approved' : 'refused',
        decidedBy: identityOf(actor),
        decidedLabel: actor.label.slice(0, 200),
        decidedAt: now,
        comment: comment ?? null,
      })
      .where(and(eq(acceptance.tenantId, actor.tenantId), eq(acceptance.id, asked.id)));
    if (verdict === 'approve') {
      const by = `${asked.requestedLabel}, approved by ${actor.label}`.slice(0, 300);
      const input = {
        decision: 'accepted' as const,
        until: asked.until.toISOString(),
        reason: asked.reason,
        justification: null,
        by,
      };
      const at = now.toISOString();
      await writeTransitions(tx, actor, at, [{ stored, transitions: decided(stored.state, at, input) }]);
    }
    await recordAudit(tx, actor, {
      action: verdict === 'approve' ? 'finding.acceptance_approved' : 'finding.acceptance_refused',
      target: targetOf(findingId),
      ...(comment ? { reason: comment } : {}),
      details: { requestedBy: asked.requestedLabel, until: asked.until.toISOString() },
    });
    return readFinding(tx, actor.tenantId, findingId);
  });
}
