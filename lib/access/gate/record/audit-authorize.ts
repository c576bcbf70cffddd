import type { AuditRow } from '@/db/gate-rows';
import { AUTHORIZE_STATUS } from '@/lib/access/gate/codes';
import type { AuthorizeQuestion, Verdict } from '@/lib/access/gate/http/question';
import type { AuditAction } from '@/lib/platform/audit/contract';
import { isId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { type RowFrame, reasonOf } from './audit-frame';

const PATH_LENGTH_MAX = 512;
const AGENT_LENGTH_MAX = 256;

type Actor = Pick<AuditRow, 'actorType' | 'actorId' | 'actorLabel' | 'keyVersionId' | 'sessionId'>;

/** Supabase's ids are UUIDs as a rule, and only those fit the columns; the label says the others. */
function actorOf({ subject, principal, unknownLabel }: Verdict): Actor {
  if (subject) {
    const { keyId, name, versionId } = subject.snapshot;
    return { actorType: 'key', actorId: keyId, actorLabel: name, keyVersionId: versionId, sessionId: null };
  }
  if (principal) {
    const { userId, email, sessionId } = principal;
    return {
      actorType: 'user',
      actorId: isId(userId) ? userId : null,
      actorLabel: email ?? userId,
      keyVersionId: null,
      sessionId: sessionId !== null && isId(sessionId) ? sessionId : null,
    };
  }
  return {
    actorType: 'anonymous',
    actorId: null,
    actorLabel: unknownLabel,
    keyVersionId: null,
    sessionId: null,
  };
}

/** The tenant that sees the row: that of whoever asks, else the route's, else the first one. */
function tenantOf({ subject, principal, question }: Verdict<AuthorizeQuestion>): string {
  return subject?.tenant.id ?? principal?.tenantId ?? question.route?.homeTenantId ?? DEFAULT_TENANT_ID;
}

/** A request at a route: whoever asks is the actor, the route is the target. */
export function authorizeRow(verdict: Verdict<AuthorizeQuestion>, frame: RowFrame): AuditRow {
  const { code, question } = verdict;
  const { route, path, userAgent } = question;
  return {
    ...frame,
    ...actorOf(verdict),
    tenantId: tenantOf(verdict),
    action: (question.isSelfTest ? 'gate.self_test' : 'gate.authorize') satisfies AuditAction,
    outcome: code === 'VALID' ? 'success' : code === 'UNAVAILABLE' ? 'failure' : 'denied',
    code,
    ip: question.ip,
    userAgent: userAgent === null ? null : userAgent.slice(0, AGENT_LENGTH_MAX),
    method: question.method,
    host: question.host,
    path: path === null ? null : path.slice(0, PATH_LENGTH_MAX),
    status: AUTHORIZE_STATUS[code],
    targetType: route === null ? null : 'route',
    targetId: route?.name ?? null,
    reason: reasonOf(verdict),
  };
}
