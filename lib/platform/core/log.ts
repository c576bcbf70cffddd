import pino from 'pino';
import { getEnv } from '@/lib/platform/core/env/env';

const REDACTED = [
  'authorization',
  'cookie',
  'secret',
  'token',
  'password',
  'key',
  'digest',
  '*.authorization',
  '*.cookie',
  '*.secret',
  '*.token',
  '*.password',
  '*.key',
  '*.digest',
  'headers.authorization',
  'headers.cookie',
  'headers["x-api-key"]',
];

interface LoggedError {
  type: string;
  message: string;
  code: string | undefined;
  stack: string | undefined;
  cause: LoggedError | undefined;
}

const CAUSES_MAX = 4;

/**
 * An error as the log may hold it. A failed query repeats its parameters in its message and stack, and Postgres quotes
 * values in `detail`: personal data and digests, so of those only the kind, the code and the frames stay.
 */
export function loggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error))
    return {
      type: typeof error,
      message: String(error),
      code: undefined,
      stack: undefined,
      cause: undefined,
    };
  const holdsValues = 'query' in error || 'params' in error;
  const message = holdsValues ? 'A query failed' : error.message;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message,
    code: 'code' in error && typeof error.code === 'string' ? error.code : undefined,
    stack: frames?.join('\n'),
    cause: error.cause === undefined || depth >= CAUSES_MAX ? undefined : loggedError(error.cause, depth + 1),
  };
}

let logger: pino.Logger | undefined;

/** The operational log of this process: JSON lines on stderr. It never blocks a request and never holds a secret. */
export function log(): pino.Logger {
  logger ??= pino(
    {
      level: getEnv().logLevel,
      base: { process: getEnv().process },
      serializers: { err: (error: unknown) => loggedError(error) },
      redact: { paths: REDACTED, censor: '[redacted]' },
    },
    pino.destination({ fd: 2, sync: false }),
  );
  return logger;
}
