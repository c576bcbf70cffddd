import { checkException } from '@/db/schema/checklist';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor, UserActor } from '@/lib/platform/auth/contract';
import { requirePermission, requirePerson } from '@/lib/platform/auth/require';
import { may } from '@/lib/platform/auth/rules';
import { AppError } from '@/lib/platform/core/errors';
import { type ExceptionDto, type SettleExceptionInput, settleExceptionInput } from './contract';
import { checklistDefinition } from './definition-file';
import { isException, lockException, readException } from './exception-store';
import { settleStates } from './settle-states';
import type { ExceptionRow } from './store';

function refuseStranger(person: UserActor, row: ExceptionRow): void {
  if (may(person, 'checklist:write') || row.requestedBy === person.userId) return;
  throw new AppError('forbidden', 'Only the requester or an approver can end an exception.');
}

/** Ends an exception at once, or takes back the request for one. */
export async function revokeException(
  actor: Actor,
  id: string,
  given: SettleExceptionInput = {},
): Promise<ExceptionDto> {
  requirePermission(actor, 'checklist:run');
  const person = requirePerson(actor);
  const { comment } = settleExceptionInput.parse(given);
  const { current } = checklistDefinition();
  return inTenant(actor, async (tx) => {
    const { row, nowMs } = await lockException(tx, actor.tenantId, id);
    refuseStranger(person, row);
    if (row.revokedAt || row.expiresAt.getTime() <= nowMs)
      throw new AppError('conflict', 'The exception has ended already.');
    await tx
      .update(checkException)
      .set({ revokedBy: person.userId, revokedAt: new Date(nowMs) })
      .where(isException(actor.tenantId, id));
    await settleStates(tx, actor.tenantId, current, null);
    await recordAudit(tx, actor, {
      action: 'checklist.exception_revoked',
      target: { type: 'checklist', id, label: row.checkKey },
      details: { check: row.checkKey, resource: row.resource, wasApproved: row.approvedAt !== null },
      ...(comment ? { reason: comment } : {}),
    });
    return readException(tx, actor.tenantId, id);
  });
}
