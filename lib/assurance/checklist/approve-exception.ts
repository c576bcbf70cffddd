import { checkException } from '@/db/schema/checklist';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission, requirePerson } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { type ExceptionDto, type SettleExceptionInput, settleExceptionInput } from './contract';
import { checklistDefinition } from './definition-file';
import { isException, lockException, readException } from './exception-store';
import { settleStates } from './settle-states';

/** Puts an exception into force. Never by the person who asked for it. */
export async function approveException(
  actor: Actor,
  id: string,
  given: SettleExceptionInput = {},
): Promise<ExceptionDto> {
  requirePermission(actor, 'checklist:write');
  const { userId } = requirePerson(actor);
  const { comment } = settleExceptionInput.parse(given);
  const { current } = checklistDefinition();
  return inTenant(actor, async (tx) => {
    const { row, nowMs } = await lockException(tx, actor.tenantId, id);
    if (row.approvedAt || row.revokedAt)
      throw new AppError('conflict', 'The exception has already been approved or ended.');
    if (row.expiresAt.getTime() <= nowMs)
      throw new AppError('conflict', 'The exception has ended. Ask for a new one.');
    if (row.requestedBy === userId)
      throw new AppError(
        'forbidden',
        'You cannot approve an exception that you requested. Ask someone else to approve it.',
      );
    await tx
      .update(checkException)
      .set({ approvedBy: userId, approvedAt: new Date(nowMs) })
      .where(isException(actor.tenantId, id));
    await settleStates(tx, actor.tenantId, current, null);
    await recordAudit(tx, actor, {
      action: 'checklist.exception_approved',
      target: { type: 'checklist', id, label: row.checkKey },
      details: { check: row.checkKey, resource: row.resource, expiresAt: row.expiresAt.toISOString() },
      ...(comment ? { reason: comment } : {}),
    });
    return readException(tx, actor.tenantId, id);
  });
}
