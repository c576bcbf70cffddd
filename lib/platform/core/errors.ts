/** The closed list of error codes that may cross a wire, each with its HTTP status and fixed title (RFC 9457). */
export const ERROR_CODES = {
  bad_request: { status: 400, title: 'Invalid request' },
  unauthenticated: { status: 401, title: 'Authentication required' },
  forbidden: { status: 403, title: 'Permission denied' },
  no_membership: { status: 403, title: 'No access to any tenant' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'The request conflicts with the current state' },
  would_lock_you_out: { status: 409, title: 'This would lock you out' },
  precondition_failed: { status: 412, title: 'Changed by someone else' },
  too_large: { status: 413, title: 'Request too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported content type' },
  unprocessable: { status: 422, title: 'Request could not be processed' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
  audit_unavailable: { status: 503, title: 'Audit log unavailable' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One invalid field: `path` as in a JSON pointer without the leading slash, for example `scopes/0`. */
export interface FieldError {
  path: string;
  message: string;
}

export interface ErrorOptionsMore {
  cause?: unknown;
  fields?: FieldError[];
  retryAfterSeconds?: number;
  /** With `method_not_allowed`: the methods that are, for the header `Allow`. */
  allow?: string;
}

/**
 * A failure the caller may read. `message` is one sentence that says what happened and what to do;
 * it becomes `detail` of the problem document. Anything else that is thrown is shown as `internal`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly fields: FieldError[];
  readonly retryAfterSeconds: number | undefined;
  readonly allow: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptionsMore = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.allow = options.allow;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

export function isAppError(value: unknown): value is AppError {
  return value instanceof AppError;
}
