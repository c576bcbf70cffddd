import { checkException } from '@/db/schema/checklist';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission, requirePerson } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import {
  EXCEPTION_MAX_MS,
  type ExceptionDto,
  type RequestExceptionInput,
  requestExceptionInput,
} from './contract';
import { checklistDefinition } from './definition-file';
import { readException } from './exception-store';
import { databaseNowMs, objectivesOf, readTenantFacts, requireCheck } from './store';

/** Asks that a failing check be accepted for a time; somebody else must approve it before it counts. */
export async function requestException(actor: Actor, given: RequestExceptionInput): Promise<ExceptionDto> {
  requirePermission(actor, 'checklist:run');
  const { userId } = requirePerson(actor);
  const { check: key, resource, reason, expiresAt } = requestExceptionInput.parse(given);
  const { current } = checklistDefinition();
  return inTenant(actor, async (tx) => {
    const { slug } = await readTenantFacts(tx, actor.tenantId);
    const check = requireCheck(objectivesOf(current, slug), key);
    const nowMs = await databaseNowMs(tx);
    const expiresAtMs = Date.parse(expiresAt);
    if (expiresAtMs <= nowMs) throw new AppError('unprocessable', 'The exception must end in the future.');
    if (expiresAtMs > nowMs + EXCEPTION_MAX_MS)
      throw new AppError('unprocessable', 'An exception can last at most 1 year.');
    const id = newId();
    await tx.insert(checkException).values({
      tenantId: actor.tenantId,
      id,
      checkKey: key,
      resource,
      reason,
      requestedBy: userId,
      requestedAt: new Date(nowMs),
      expiresAt: new Date(expiresAtMs),
    });
    await recordAudit(tx, actor, {
      action: 'checklist.exception_requested',
      target: { type: 'checklist', id, label: check.title },
      reason,
      details: { check: key, resource, expiresAt },
    });
    return readException(tx, actor.tenantId, id);
  });
}
