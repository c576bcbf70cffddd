import { and, eq, sql } from 'drizzle-orm';
import { detectionException } from '@/db/schema/detections';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import {
  type EndExceptionInput,
  type ExceptionDto,
  endExceptionInput,
} from '@/lib/response/detections/exception-contract';
import { oneLine } from '@/lib/response/detections/parse/fields';
import { exceptionDtoOf, exceptionNotFound, requesterOf, stateOf } from './exception-dto';

/** Ends an exception before its time, or declines one that waits. @throws AppError `conflict` where it is over */
export async function endException(
  actor: Actor,
  id: string,
  given: EndExceptionInput,
): Promise<ExceptionDto> {
  requirePermission(actor, 'detections:write');
  const { reason } = endExceptionInput.parse(given);
  if (!isId(id)) throw exceptionNotFound();
  return inTenant(actor, async (tx) => {
    const where = and(eq(detectionException.tenantId, actor.tenantId), eq(detectionException.id, id));
    const [before] = await tx.select().from(detectionException).where(where).for('update');
    if (!before) throw exceptionNotFound();
    const state = stateOf(before, Date.now());
    if (state === 'ended' || state === 'expired')
      throw new AppError('conflict', 'The exception is not in force any more.');
    const [row] = await tx
      .update(detectionException)
      .set({
        endedAt: sql`clock_timestamp()`,
        endedByLabel: requesterOf(actor).label,
        endedReason: reason,
        version: before.version + 1,
      })
      .where(where)
      .returning();
    if (!row) throw exceptionNotFound();
    await recordAudit(tx, actor, {
      action: 'detection.exception_ended',
      target: { type: 'detection_exception', id, label: oneLine(row.rule, 200) },
      reason,
      details: { kind: row.kind, rule: row.rule, fields: row.fields, wasActive: state === 'active' },
    });
    return exceptionDtoOf(row, actor, Date.now());
  });
}
