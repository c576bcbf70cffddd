import { and, eq, sql } from 'drizzle-orm';
import { detectionException } from '@/db/schema/detections';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import type { ExceptionDto } from '@/lib/response/detections/exception-contract';
import { oneLine } from '@/lib/response/detections/parse/fields';
import { exceptionDtoOf, exceptionNotFound, mayApprove, requesterOf, stateOf } from './exception-dto';

/**
 * Puts an exception in force.
 * @throws AppError `forbidden` for who asked for it, `conflict` where it does not wait for approval any more
 */
export async function approveException(actor: Actor, id: string): Promise<ExceptionDto> {
  requirePermission(actor, 'detections:write');
  if (!isId(id)) throw exceptionNotFound();
  return inTenant(actor, async (tx) => {
    const where = and(eq(detectionException.tenantId, actor.tenantId), eq(detectionException.id, id));
    const [before] = await tx.select().from(detectionException).where(where).for('update');
    if (!before) throw exceptionNotFound();
    if (!mayApprove(actor, before))
      throw new AppError('forbidden', 'Someone other than the requester must approve an exception.');
    if (stateOf(before, Date.now()) !== 'waiting')
      throw new AppError('conflict', 'The exception is not waiting for approval. Reload the list.');
    const { userId, label } = requesterOf(actor);
    const [row] = await tx
      .update(detectionException)
      .set({
        approvedBy: userId,
        approvedByLabel: label,
        approvedAt: sql`clock_timestamp()`,
        version: before.version + 1,
      })
      .where(where)
      .returning();
    if (!row) throw exceptionNotFound();
    await recordAudit(tx, actor, {
      action: 'detection.exception_approved',
      target: { type: 'detection_exception', id, label: oneLine(row.rule, 200) },
      details: { kind: row.kind, rule: row.rule, fields: row.fields, expiresAt: row.expiresAt.toISOString() },
    });
    return exceptionDtoOf(row, actor, Date.now());
  });
}
