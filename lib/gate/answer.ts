import type { ServerResponse } from 'node:http';
import { VERIFY_CODES, type VerifyCode } from '@/lib/api-keys/contract';
import { AppError } from '@/lib/core/errors';
import { problemOf } from '@/lib/core/http';
import { GATE_SCOPE } from './contract';
import type { Verdict } from './decide';

const JSON_HEADERS = [
  'content-type',
  'application/json',
  'cache-control',
  'no-store',
  'x-content-type-options',
  'nosniff',
];
const PROBLEM_HEADERS = ['content-type', 'application/problem+json', ...JSON_HEADERS.slice(2)];
const UNKNOWN_MEMBERS =
  '"keyId":null,"version":null,"tenantId":null,"owner":null,"scopes":[],"expiresAt":null,"rateLimit":null';

/** @param body JSON in ASCII */
export function sendJson(response: ServerResponse, status: number, body: string, requestId: string): void {
  const headers = [...JSON_HEADERS, 'x-request-id', requestId, 'content-length', String(body.length)];
  response.writeHead(status, headers);
  response.end(body, 'latin1');
}

export function sendText(response: ServerResponse, contentType: string, body: string): void {
  response.writeHead(200, [
    'content-type',
    contentType,
    ...JSON_HEADERS.slice(2),
    'content-length',
    String(Buffer.byteLength(body)),
  ]);
  response.end(body);
}

function problemHeaders(error: AppError, requestId: string, length: number): string[] {
  const headers = [...PROBLEM_HEADERS, 'x-request-id', requestId, 'content-length', String(length)];
  if (error.retryAfterSeconds !== undefined) headers.push('retry-after', String(error.retryAfterSeconds));
  if (error.code === 'unauthenticated') headers.push('www-authenticate', 'Bearer realm="bulwark"');
  return headers;
}

/**
 * Answers with a problem document (RFC 9457).
 * @param more raw headers, name and value in turn
 */
export function sendProblem(
  response: ServerResponse,
  error: AppError,
  requestId: string,
  more: readonly string[] = [],
): void {
  const body = JSON.stringify(problemOf(error, requestId));
  response.writeHead(error.status, [...problemHeaders(error, requestId, Buffer.byteLength(body)), ...more]);
  response.end(body);
}

function callerRefusal(code: VerifyCode, retryAfterSeconds: number): AppError {
  switch (code) {
    case 'INSUFFICIENT_SCOPE':
      return new AppError('forbidden', `Your own key lacks the scope ${GATE_SCOPE}.`);
    case 'IP_NOT_ALLOWED':
      return new AppError('forbidden', 'Your own key may not be used from this address.');
    case 'RATE_LIMITED':
      return new AppError('rate_limited', 'Too many wrong keys came from this address. Wait and try again.', {
        retryAfterSeconds,
      });
    case 'UNAVAILABLE':
      return new AppError('unavailable', 'Your own key could not be checked. Try again in a moment.', {
        retryAfterSeconds: 5,
      });
    case 'VALID':
    case 'MALFORMED':
    case 'NOT_FOUND':
      return new AppError(
        'unauthenticated',
        `Send your own key with the scope ${GATE_SCOPE} as Authorization: Bearer or X-API-Key.`,
      );
    case 'REVOKED':
    case 'ROTATED_OUT':
    case 'DISABLED':
    case 'EXPIRED':
      return new AppError('unauthenticated', `Your own key is not accepted: ${VERIFY_CODES[code]}.`);
  }
}

/** The problem that a verdict is answered with; null where the answer is the verdict itself. */
function problemOfVerdict(verdict: Verdict): AppError | null {
  if (verdict.about === 'caller') return callerRefusal(verdict.code, verdict.retryAfterSeconds);
  return verdict.about === 'input' ? verdict.question.problem : null;
}

/** How the verdict is counted: a problem's code, or null where it is a decision. */
export function refusalOf(verdict: Verdict): string | null {
  return problemOfVerdict(verdict)?.code ?? null;
}

export function statusOf(verdict: Verdict): number {
  return problemOfVerdict(verdict)?.status ?? 200;
}

/** ASCII, as `answerMembers` is. */
function verifyBody(verdict: Verdict): string {
  const { code, subject } = verdict;
  const retryAfter = code === 'RATE_LIMITED' ? `,"retryAfter":${verdict.retryAfterSeconds}` : '';
  const members = subject ? subject.answerMembers : UNKNOWN_MEMBERS;
  return `{"valid":${code === 'VALID'},"code":"${code}",${members}${retryAfter},"requestId":"${verdict.question.requestId}"}`;
}

/** Answers a recorded verdict. */
export function sendVerdict(response: ServerResponse, verdict: Verdict): void {
  const { requestId } = verdict.question;
  const problem = problemOfVerdict(verdict);
  if (problem) sendProblem(response, problem, requestId);
  else sendJson(response, 200, verifyBody(verdict), requestId);
}
