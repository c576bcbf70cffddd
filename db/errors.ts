import { AppError, type ErrorCode, isAppError } from '@/lib/platform/core/errors';

/** SQLSTATE to what the caller is told; anything else stays unknown and is shown as `internal`. */
const BY_SQLSTATE: Record<string, { code: ErrorCode; message: string }> = {
  '23505': {
    code: 'conflict',
    message: 'It exists already, or was changed at the same moment. Reload and try again.',
  },
  '23503': { code: 'unprocessable', message: 'It refers to something that does not exist in this tenant.' },
  '22021': { code: 'bad_request', message: 'A text holds a character that cannot be stored.' },
  '22P05': { code: 'bad_request', message: 'A text holds a character that cannot be stored.' },
  '40001': { code: 'conflict', message: 'It was changed at the same moment. Try again.' },
  '40P01': { code: 'conflict', message: 'It was changed at the same moment. Try again.' },
  '55P03': { code: 'conflict', message: 'It is being changed right now. Try again.' },
  '25006': {
    code: 'unavailable',
    message: 'The database takes no changes at the moment. Try again in a moment.',
  },
  '57014': { code: 'unavailable', message: 'The database took too long. Narrow the request or try again.' },
};

/** Constraints that tell more than their SQLSTATE does. */
const BY_CONSTRAINT: Record<string, { code: ErrorCode; message: string }> = {
  audit_event_details_size: {
    code: 'too_large',
    message: 'The details of an audit event are too large to be sealed. Shorten the request.',
  },
  audit_event_details_numbers: {
    code: 'unprocessable',
    message: 'The details of an audit event hold a number with more digits than JSON readers keep.',
  },
};

/** Connection trouble: SQLSTATE classes 08, 53, 57P and the codes of the driver and of the socket. */
const CONNECTION =
  /^(08...|53...|57P..|CONNECTION_\w+|CONNECT_TIMEOUT|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|ETIMEDOUT|EAI_AGAIN)$/;

export function isConnectionCode(code: string): boolean {
  return CONNECTION.test(code);
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The SQLSTATE or driver code of a failure, looking through drizzle's wrapper. */
export function databaseCode(error: unknown): string | undefined {
  const own = codeOf(error);
  if (own) return own;
  return error instanceof Error && error.cause !== undefined ? databaseCode(error.cause) : undefined;
}

function constraintOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('constraint_name' in error && typeof error.constraint_name === 'string') return error.constraint_name;
  return constraintOf(error.cause);
}

/** Turns a database failure into what the caller may read; leaves every other error alone. */
export function translateDatabaseError(error: unknown): unknown {
  if (isAppError(error)) return error;
  const code = databaseCode(error);
  if (!code) return error;
  const known = BY_CONSTRAINT[constraintOf(error) ?? ''] ?? BY_SQLSTATE[code];
  if (known) {
    const retryAfterSeconds = known.code === 'unavailable' ? 5 : undefined;
    return new AppError(known.code, known.message, { cause: error, retryAfterSeconds });
  }
  if (isConnectionCode(code)) {
    return new AppError('unavailable', 'The database cannot be reached. Try again in a moment.', {
      cause: error,
      retryAfterSeconds: 5,
    });
  }
  return error;
}
