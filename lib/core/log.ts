import pino from 'pino';
import { getEnv } from './env';

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

let logger: pino.Logger | undefined;

/** The operational log of this process: JSON lines on stderr. It never blocks a request and never holds a secret. */
export function log(): pino.Logger {
  logger ??= pino(
    {
      level: getEnv().logLevel,
      base: { process: getEnv().process },
      redact: { paths: REDACTED, censor: '[redacted]' },
    },
    pino.destination({ fd: 2, sync: false }),
  );
  return logger;
}
