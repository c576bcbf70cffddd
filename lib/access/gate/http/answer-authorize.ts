import type { ServerResponse } from 'node:http';
import { AUTHORIZE_STATUS, GATE_CODES } from '@/lib/access/gate/codes';
import type { JwtPrincipal } from '@/lib/access/supabase/contract';
import { AppError, type ErrorCode } from '@/lib/platform/core/errors';
import { problemOf } from '@/lib/platform/core/http/http';
import { limitHeaders } from '@/lib/platform/rate-limit/limit-headers';
import { ANONYMOUS_HEADERS, identityHeaders } from './identity-headers';
import type { AuthorizeQuestion, Verdict } from './question';
import { headLines, maySendWhole, sendWhole, sharedHeadLines } from './whole-answer';

/** What an answer needs beside the verdict: who asked, and how the answer may look. */
export interface AuthorizeReply {
  response: ServerResponse;
  /** nginx passes 2xx, 401 and 403 on, and turns anything else into 500. */
  isForNginx: boolean;
  /** Where to send a browser that has no credential; null: nowhere. */
  redirect: string | null;
}

const NO_STORE = ['cache-control', 'no-store'];
const ERROR_OF_STATUS: Record<401 | 403 | 429 | 503, ErrorCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  429: 'rate_limited',
  503: 'unavailable',
};
const UNAVAILABLE_RETRY_SECONDS = 1;
/** Of sessions; the verifier gives the same object for the same token. */
const principalHeaders = new WeakMap<JwtPrincipal, readonly string[]>();

function identityHeadersOf({ subject, principal }: Verdict): readonly string[] {
  if (subject) return subject.identityHeaders;
  if (!principal) return ANONYMOUS_HEADERS;
  const known = principalHeaders.get(principal);
  if (known) return known;
  const headers = identityHeaders({
    subject: principal.userId,
    kind: 'supabase',
    tenantId: principal.tenantId,
    keyId: '',
    scopes: principal.scopes,
    rotation: '',
  });
  principalHeaders.set(principal, headers);
  return headers;
}

/** What a denial says: which check failed, and no more of the key than who sent it knows. */
function sentenceOf(verdict: Verdict<AuthorizeQuestion>): string {
  const { code } = verdict;
  if (code === 'UNTRUSTED_PROXY') {
    return `${GATE_CODES[code]}: add ${verdict.question.socketIp} to trustedProxies in security/gate.yaml if this is your proxy.`;
  }
  return `${GATE_CODES[code]}.`;
}

/** As nginx can put it between two quotes of JSON. */
const inJson = (sentence: string) => sentence.replaceAll(/[^\x20-\x7e]|["\\]/g, "'");

function denialHeaders(verdict: Verdict<AuthorizeQuestion>, status: number): string[] {
  const { question, retryAfterSeconds } = verdict;
  const headers = ['x-auth-code', verdict.code, 'x-request-id', question.requestId, ...NO_STORE];
  const limits = question.limit ? limitHeaders(question.limit) : [];
  headers.push(...limits);
  if (!limits.includes('Retry-After') && (status === 429 || status === 503)) {
    headers.push('Retry-After', String(retryAfterSeconds || UNAVAILABLE_RETRY_SECONDS));
  }
  return headers;
}

function sendDenial(
  reply: AuthorizeReply,
  verdict: Verdict<AuthorizeQuestion>,
  status: 401 | 403 | 429 | 503,
): void {
  const { response, redirect, isForNginx } = reply;
  const headers = denialHeaders(verdict, status);
  if (status === 401 && redirect !== null) {
    if (isForNginx) headers.push('x-auth-redirect', redirect);
    else {
      response.writeHead(302, [...headers, 'location', redirect, 'content-length', '0']);
      response.end();
      return;
    }
  }
  if (status === 401) headers.push('www-authenticate', 'Bearer realm="bulwark"');
  const sent = isForNginx && status > 403 ? 403 : status;
  const sentence = sentenceOf(verdict);
  // nginx throws the body of this answer away.
  if (isForNginx) headers.push('x-auth-status', String(status), 'x-auth-reason', inJson(sentence));
  const problem = new AppError(ERROR_OF_STATUS[status], sentence);
  const body = JSON.stringify(problemOf(problem, verdict.question.requestId));
  headers.push('content-type', 'application/problem+json', 'x-content-type-options', 'nosniff');
  headers.push('content-length', String(Buffer.byteLength(body)));
  response.writeHead(sent, headers);
  response.end(body);
}

/** Answers a recorded verdict on a request at a route. */
export function sendAuthorizeVerdict(reply: AuthorizeReply, verdict: Verdict<AuthorizeQuestion>): void {
  const status = AUTHORIZE_STATUS[verdict.code];
  if (status !== 200) {
    sendDenial(reply, verdict, status);
    return;
  }
  const { response } = reply;
  const { requestId, limit } = verdict.question;
  const identity = identityHeadersOf(verdict);
  const limits = limit ? limitHeaders(limit) : [];
  if (maySendWhole(response)) {
    const common = `X-Request-Id: ${requestId}\r\nCache-Control: no-store\r\nContent-Length: 0\r\n`;
    sendWhole(response, sharedHeadLines(identity) + common + headLines(limits), '');
    return;
  }
  const common = ['X-Request-Id', requestId, 'Cache-Control', 'no-store', 'Content-Length', '0'];
  response.writeHead(200, [...identity, ...common, ...limits]);
  response.end();
}

/** No answer without its record: what could not be recorded is 503, for nginx as it can pass it on. */
export function sendUnrecorded({ response, isForNginx }: AuthorizeReply, requestId: string): void {
  const sentence = 'Could not write the audit log, so the request was denied. Try again.';
  const problem = new AppError('audit_unavailable', sentence);
  const body = JSON.stringify(problemOf(problem, requestId));
  const headers = ['x-auth-code', 'UNRECORDED', 'x-request-id', requestId, ...NO_STORE];
  headers.push('retry-after', String(UNAVAILABLE_RETRY_SECONDS), 'content-type', 'application/problem+json');
  headers.push('content-length', String(Buffer.byteLength(body)));
  if (isForNginx) headers.push('x-auth-status', '503', 'x-auth-reason', inJson(sentence));
  response.writeHead(isForNginx ? 403 : 503, headers);
  response.end(body);
}
