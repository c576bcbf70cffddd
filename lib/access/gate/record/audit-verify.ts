import type { AuditRow } from '@/db/gate-rows';
import { VERIFY_PATH } from '@/lib/access/gate/contract';
import { statusOfVerify } from '@/lib/access/gate/http/answer-verify';
import type { Verdict, VerifyQuestion } from '@/lib/access/gate/http/question';
import type { AuditAction } from '@/lib/platform/audit/contract';
import type { KeySnapshot } from '@/lib/platform/auth/credential/key-decision';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { type RowFrame, reasonOf } from './audit-frame';

const PATH_LENGTH_MAX = 512;

/**
 * A path without its query, since what stands behind the question mark may be a secret, and cut to what is stored.
 * It is well-formed and holds no NUL: the JSON it came in was refused otherwise.
 */
function pathOf(path: string | undefined): string | null {
  if (path === undefined) return null;
  const end = path.search(/[?#]/);
  return path.slice(0, end === -1 ? PATH_LENGTH_MAX : Math.min(end, PATH_LENGTH_MAX));
}

/**
 * The key that was asked about is the actor; the target is the version of the key that asked: the worker counts and
 * promotes it by that.
 */
function decisionRow(verdict: Verdict<VerifyQuestion>, caller: KeySnapshot, frame: RowFrame): AuditRow {
  const { code, question } = verdict;
  const input = question.input;
  const subject = verdict.subject?.snapshot ?? null;
  return {
    ...frame,
    tenantId: caller.tenantId,
    action: 'gate.verify' satisfies AuditAction,
    outcome: code === 'VALID' ? 'success' : 'denied',
    code,
    actorType: subject ? 'key' : 'anonymous',
    actorId: subject?.keyId ?? null,
    actorLabel: subject?.name ?? verdict.unknownLabel,
    keyVersionId: subject?.versionId ?? null,
    ip: input?.ip ?? question.socketIp,
    method: input?.method ?? null,
    path: pathOf(input?.path),
    status: 200,
    targetType: 'key_version',
    targetId: caller.versionId,
    targetLabel: caller.name,
    reason: reasonOf(verdict),
  };
}

/** The caller is the actor: it was refused, or its question was not valid. */
function refusalRow(verdict: Verdict<VerifyQuestion>, frame: RowFrame): AuditRow {
  const { question, about } = verdict;
  const caller = verdict.caller?.snapshot ?? null;
  const isBadInput = about === 'input';
  return {
    ...frame,
    tenantId: caller?.tenantId ?? DEFAULT_TENANT_ID,
    action: 'gate.refused_caller' satisfies AuditAction,
    outcome: isBadInput ? 'failure' : 'denied',
    code: isBadInput ? (question.problem?.code ?? 'bad_request') : verdict.code,
    actorType: caller ? 'key' : 'anonymous',
    actorId: caller?.keyId ?? null,
    actorLabel: caller?.name ?? verdict.unknownLabel,
    keyVersionId: caller?.versionId ?? null,
    ip: question.socketIp,
    method: 'POST',
    path: VERIFY_PATH,
    status: statusOfVerify(verdict),
  };
}

export function verifyRow(verdict: Verdict<VerifyQuestion>, frame: RowFrame): AuditRow {
  const { caller } = verdict;
  if (verdict.about === 'subject' && caller) return decisionRow(verdict, caller.snapshot, frame);
  return refusalRow(verdict, frame);
}
