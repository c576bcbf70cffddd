import { AppError, ERROR_CODES, isAppError } from '@/lib/platform/core/errors';
import { log } from '@/lib/platform/core/log';

/** RFC 9457 problem document, always with the request's id. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  requestId: string;
  errors?: { path: string; message: string }[];
}

const UNKNOWN = new AppError(
  'internal',
  'Something went wrong on the server. Try again. If the problem continues, send the request ID to your operator.',
);

/** The failure as the caller may read it; the cause of an unknown one goes to the log only. */
export function toAppError(error: unknown, requestId: string): AppError {
  if (isAppError(error)) {
    if (error.status >= 500) log().error({ err: error, requestId }, error.message);
    return error;
  }
  log().error({ err: error, requestId }, 'unknown error');
  return UNKNOWN;
}

export function problemOf(error: AppError, requestId: string): Problem {
  const { status, title } = ERROR_CODES[error.code];
  return {
    type: `urn:bulwark:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(error.fields.length > 0 ? { errors: error.fields } : {}),
  };
}

/** Headers of every API answer: never cached, never sniffed. */
export const API_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

export function problemResponse(error: unknown, requestId: string): Response {
  const known = toAppError(error, requestId);
  const headers = new Headers({
    ...API_HEADERS,
    'content-type': 'application/problem+json',
    'x-request-id': requestId,
  });
  if (known.retryAfterSeconds !== undefined) headers.set('retry-after', String(known.retryAfterSeconds));
  if (known.allow !== undefined) headers.set('allow', known.allow);
  if (known.code === 'unauthenticated') headers.set('www-authenticate', 'Bearer realm="bulwark"');
  return new Response(JSON.stringify(problemOf(known, requestId)), { status: known.status, headers });
}
