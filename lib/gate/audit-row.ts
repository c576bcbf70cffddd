import type { AuditRow } from '@/db/gate-rows';
import type { AuditAction, AuditOutcome } from '@/lib/audit/contract';
import { storableText } from '@/lib/audit/record';
import { DEFAULT_TENANT_ID } from '@/lib/tenancy/contract';
import { statusOf } from './answer';
import type { DatabaseClock } from './database-clock';
import type { Verdict } from './decide';

const DURATION_US_MAX = 2_147_483_647;

/** A path without its query: what stands behind the question mark may be a secret. */
function pathOf(path: string | undefined): string | null {
  if (path === undefined) return null;
  const end = path.search(/[?#]/);
  return storableText(end === -1 ? path : path.slice(0, end));
}

function outcomeOf(verdict: Verdict): AuditOutcome {
  if (verdict.about === 'input') return 'failure';
  return verdict.about === 'subject' && verdict.code === 'VALID' ? 'success' : 'denied';
}

/**
 * The row of one access: the actor is the key that was asked about, or the caller where it was refused. The target is
 * the version of the key that asked: the worker counts and promotes it by that.
 */
export function auditRowOf(verdict: Verdict, clock: DatabaseClock, nowMs: number): AuditRow {
  const { question, caller, about } = verdict;
  const isSubject = about === 'subject';
  const actor = (isSubject ? verdict.subject : caller)?.snapshot;
  const action: AuditAction = isSubject ? 'gate.verify' : 'gate.refused_caller';
  const input = isSubject ? question.input : null;
  return {
    tenantId: caller?.tenant.id ?? DEFAULT_TENANT_ID,
    atMs: clock.at(question.startedMs),
    id: question.requestId,
    action,
    outcome: outcomeOf(verdict),
    code: about === 'input' ? (question.problem?.code ?? 'bad_request') : verdict.code,
    actorType: actor ? 'key' : 'anonymous',
    actorId: actor?.keyId ?? null,
    actorLabel: actor?.name ?? verdict.unknownLabel,
    keyVersionId: actor?.versionId ?? null,
    ip: input?.ip ?? question.socketIp,
    method: isSubject ? (input?.method ?? null) : 'POST',
    path: isSubject ? pathOf(input?.path) : '/v1/verify',
    status: statusOf(verdict),
    durationUs: Math.min(
      DURATION_US_MAX,
      Math.max(0, Math.round((nowMs - clock.at(question.startedMs)) * 1000)),
    ),
    targetType: isSubject && caller ? 'key_version' : null,
    targetId: isSubject && caller ? caller.snapshot.versionId : null,
    targetLabel: isSubject && caller ? caller.snapshot.name : null,
    reason: isSubject && verdict.code === 'REVOKED' ? (actor?.revokedReason ?? null) : null,
  };
}
