import { sql } from 'drizzle-orm';
import { detectionException } from '@/db/schema/detections';
import { inTenant, readDeciding } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import { newId } from '@/lib/platform/core/ids';
import {
  type ExceptionDto,
  type ExceptionReplayDto,
  type PreviewExceptionInput,
  previewExceptionInput,
  type RequestExceptionInput,
  requestExceptionInput,
} from '@/lib/response/detections/exception-contract';
import { oneLine } from '@/lib/response/detections/parse/fields';
import { exceptionDtoOf, requesterOf } from './exception-dto';
import { replayException } from './replay-exception';

/** What an exception would have covered in the last 90 days. */
export async function previewException(
  actor: Actor,
  given: PreviewExceptionInput,
): Promise<ExceptionReplayDto> {
  requirePermission(actor, 'detections:read');
  const exception = previewExceptionInput.parse(given);
  return readDeciding(actor, (tx) => replayException(tx, actor.tenantId, exception));
}

/** Asks for an exception. Nothing is covered until someone else approves it. */
export async function requestException(
  actor: Actor,
  given: RequestExceptionInput,
  idempotencyKey: string | null = null,
): Promise<ExceptionDto> {
  requirePermission(actor, 'detections:write');
  const input = requestExceptionInput.parse(given);
  const replay = await previewException(actor, { kind: input.kind, rule: input.rule, fields: input.fields });
  return inTenant(actor, (tx) =>
    answerOnce(tx, actor, { key: idempotencyKey, route: 'detections.exception', input }, async () => {
      const { userId, label } = requesterOf(actor);
      const { kind, rule, fields, reason, days } = input;
      const [row] = await tx
        .insert(detectionException)
        .values({
          tenantId: actor.tenantId,
          id: newId(),
          kind,
          rule,
          fields,
          reason,
          expiresAt: sql`clock_timestamp() + make_interval(days => ${days}::integer)`,
          requestedBy: userId,
          requestedByLabel: label,
          requestedAt: sql`clock_timestamp()`,
          replay,
        })
        .returning();
      if (!row) throw new Error('The exception was not stored');
      await recordAudit(tx, actor, {
        action: 'detection.exception_requested',
        target: { type: 'detection_exception', id: row.id, label: oneLine(rule, 200) },
        reason,
        details: { kind, rule, fields, days, covered: replay.covered, events: replay.events },
      });
      const answer = exceptionDtoOf(row, actor, Date.now());
      return { answer, kept: answer };
    }),
  );
}
