import type { Verdict } from '@/lib/access/gate/http/question';
import { normalizePath } from '@/lib/platform/core/http/request-path';
import type { LimitedRequest, LimitVerdict } from '@/lib/platform/rate-limit/contract';
import type { Limiter } from '@/lib/platform/rate-limit/limiter';

const NO_LIMITS: LimitedRequest['keyLimits'] = [];
const UNAVAILABLE_RETRY_SECONDS = 5;

/** The request behind a verdict, as limits see it. */
function limitedRequestOf({ question, subject, principal, home, other }: Verdict): LimitedRequest {
  const key = subject?.snapshot;
  const identity = {
    userId: principal?.userId ?? null,
    keyId: key?.keyId ?? null,
    ownerId: key?.ownerUserId ?? null,
    tenantId: (other ?? home)?.id ?? null,
    keyLimits: key?.rateLimits ?? NO_LIMITS,
  };
  if (question.kind === 'authorize') {
    const { method, host, path, ip } = question;
    return { ...identity, method: method ?? '', host: host ?? '', path: path ?? '', ip, cost: 1 };
  }
  const input = question.kind === 'verify' ? question.input : null;
  return {
    ...identity,
    method: input?.method ?? '',
    host: '',
    path: normalizePath(input?.path ?? '') ?? '',
    ip: input?.ip ?? null,
    cost: input?.cost ?? 1,
  };
}

function applyLimit(verdict: Verdict, limit: LimitVerdict): void {
  verdict.question.limit = limit;
  if (limit.isAllowed) return;
  verdict.code = limit.isUnavailable ? 'UNAVAILABLE' : 'RATE_LIMITED';
  verdict.retryAfterSeconds = limit.retryAfterSeconds || UNAVAILABLE_RETRY_SECONDS;
}

function applyAll(verdicts: readonly Verdict[], limits: readonly LimitVerdict[]): void {
  verdicts.forEach((verdict, i) => {
    const limit = limits[i];
    if (!limit) throw new Error('The limiter gave fewer verdicts than it was asked for');
    applyLimit(verdict, limit);
  });
}

/**
 * Asks the limits about every verdict that would let a request through, and turns those that they refuse. Asked once
 * for each question: one that is decided on again keeps what they said.
 * @returns nothing where the limiter answered at once
 */
export function limitVerdicts(limiter: Limiter, verdicts: readonly Verdict[]): Promise<void> | undefined {
  const asked: Verdict[] = [];
  for (const verdict of verdicts) {
    if (verdict.code !== 'VALID' || verdict.about !== 'subject' || verdict.question.kind === 'events')
      continue;
    const { limit } = verdict.question;
    if (limit) applyLimit(verdict, limit);
    else asked.push(verdict);
  }
  if (asked.length === 0) return undefined;
  const limits = limiter.check(asked.map(limitedRequestOf));
  if (limits instanceof Promise) return limits.then((settled) => applyAll(asked, settled));
  applyAll(asked, limits);
  return undefined;
}
