import { sql } from 'drizzle-orm';
import { auditEvent } from '@/db/schema/audit';
import type { WriteTx } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import {
  AUDIT_ACTIONS,
  type AuditAction,
  type AuditDetails,
  type AuditOutcome,
  type AuditTarget,
} from './contract';
import { refuseUnsealable } from './sealable-details';

const TEXT_LENGTH_MAX = 512;

export interface AuditEntry {
  action: AuditAction;
  /** Of the event, where the caller must know it. */
  id?: string;
  target?: AuditTarget;
  outcome?: AuditOutcome;
  code?: string;
  reason?: string;
  status?: number;
  durationUs?: number;
  details?: AuditDetails;
}

/** Text as it may be stored: well-formed, without NUL, at most 512 characters. */
export function storableText(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  return text.slice(0, TEXT_LENGTH_MAX).toWellFormed().replaceAll('\u0000', '\uFFFD');
}

function actorColumns(actor: Actor) {
  return {
    actorType: actor.type,
    actorId: actor.type === 'user' ? actor.userId : actor.type === 'key' ? actor.keyId : null,
    actorLabel: storableText(actor.label),
    sessionId: actor.type === 'user' ? actor.sessionId : null,
    keyId: actor.type === 'key' ? actor.keyId : null,
    keyVersionId: actor.type === 'key' ? actor.versionId : null,
  };
}

/** Appends one event in the caller's transaction: no row, no change. `at` is the database's clock. */
export async function recordAudit(tx: WriteTx, actor: Actor, entry: AuditEntry): Promise<void> {
  refuseUnsealable(entry.details);
  const { request } = actor;
  const keyTargetId = entry.target?.type === 'key' ? entry.target.id : null;
  const actorRow = actorColumns(actor);
  await tx.insert(auditEvent).values({
    tenantId: actor.tenantId,
    at: sql`clock_timestamp()`,
    id: entry.id ?? newId(),
    recordedAt: sql`clock_timestamp()`,
    category: AUDIT_ACTIONS[entry.action].category,
    action: entry.action,
    outcome: entry.outcome ?? 'success',
    code: entry.code ?? null,
    ...actorRow,
    keyId: actorRow.keyId ?? keyTargetId,
    ip: request.ip,
    userAgent: storableText(request.userAgent),
    method: storableText(request.method),
    host: storableText(request.host),
    path: storableText(request.path),
    status: entry.status ?? null,
    durationUs: entry.durationUs ?? null,
    targetType: entry.target?.type ?? null,
    targetId: storableText(entry.target?.id),
    targetLabel: storableText(entry.target?.label),
    reason: storableText(entry.reason),
    requestId: request.requestId,
    details: entry.details ?? null,
  });
}
