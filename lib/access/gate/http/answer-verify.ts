import type { ServerResponse } from 'node:http';
import { GATE_CODES, type GateCode } from '@/lib/access/gate/codes';
import { GATE_SCOPE } from '@/lib/access/gate/contract';
import { AppError } from '@/lib/platform/core/errors';
import { limitHeaders } from '@/lib/platform/rate-limit/limit-headers';
import { sendJson, sendProblem } from './answer';
import type { Verdict, VerifyQuestion } from './question';

const UNKNOWN_MEMBERS =
  '"keyId":null,"version":null,"tenantId":null,"owner":null,"scopes":[],"expiresAt":null';

function callerRefusal(code: GateCode, retryAfterSeconds: number): AppError {
  switch (code) {
    case 'INSUFFICIENT_SCOPE':
      return new AppError('forbidden', `The calling key does not have the scope ${GATE_SCOPE}.`);
    case 'IP_NOT_ALLOWED':
      return new AppError('forbidden', 'Your own key may not be used from this address.');
    case 'RATE_LIMITED':
      return new AppError(
        'rate_limited',
        'Too many requests with invalid keys from this address. Wait, then try again.',
        {
          retryAfterSeconds,
        },
      );
    case 'UNAVAILABLE':
      return new AppError('unavailable', 'The calling key could not be verified. Try again in a moment.', {
        retryAfterSeconds: 5,
      });
    case 'REVOKED':
    case 'ROTATED_OUT':
    case 'DISABLED':
    case 'EXPIRED':
      return new AppError('unauthenticated', `Your own key is not accepted: ${GATE_CODES[code]}.`);
    default:
      return new AppError(
        'unauthenticated',
        `Send your own key with the scope ${GATE_SCOPE} as Authorization: Bearer or X-API-Key.`,
      );
  }
}

/** The problem that a verdict is answered with; null where the answer is the verdict itself. */
function problemOfVerdict(verdict: Verdict<VerifyQuestion>): AppError | null {
  if (verdict.about === 'caller') return callerRefusal(verdict.code, verdict.retryAfterSeconds);
  return verdict.about === 'input' ? verdict.question.problem : null;
}

/** How the verdict is counted: a problem's code, or null where it is a decision. */
export function refusalOf(verdict: Verdict<VerifyQuestion>): string | null {
  return problemOfVerdict(verdict)?.code ?? null;
}

export function statusOfVerify(verdict: Verdict<VerifyQuestion>): number {
  return problemOfVerdict(verdict)?.status ?? 200;
}

/** `rateLimit` of the answer: the limit that refused or is nearest to refusing. */
function rateLimitJson(verdict: Verdict<VerifyQuestion>): string {
  const limit = verdict.question.limit?.limit;
  if (!limit) return 'null';
  const { name, quota, windowSeconds, remaining, resetSeconds } = limit;
  return JSON.stringify({ name, limit: quota, windowSeconds, remaining, resetSeconds });
}

/** ASCII, as `answerMembers` is; names of limits are. */
function verifyBody(verdict: Verdict<VerifyQuestion>): string {
  const { code, subject, question } = verdict;
  const retryAfter = verdict.retryAfterSeconds > 0 ? `,"retryAfter":${verdict.retryAfterSeconds}` : '';
  const members = subject ? subject.answerMembers : UNKNOWN_MEMBERS;
  return `{"valid":${code === 'VALID'},"code":"${code}",${members},"rateLimit":${rateLimitJson(verdict)}${retryAfter},"requestId":"${question.requestId}"}`;
}

/** Answers a recorded verdict. */
export function sendVerifyVerdict(response: ServerResponse, verdict: Verdict<VerifyQuestion>): void {
  const { requestId, limit } = verdict.question;
  const problem = problemOfVerdict(verdict);
  if (problem) sendProblem(response, problem, requestId);
  else sendJson(response, 200, verifyBody(verdict), requestId, limit ? limitHeaders(limit) : []);
}
