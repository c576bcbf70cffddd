import { renewPools } from './connect';

/**
 * The driver writes to a connection that has just closed and throws where nobody can catch it (porsager/postgres #1154,
 * #1208; 3.4.9 has it). That connection is of no use any more, the process is.
 */
export function isDriverFault(error: unknown): boolean {
  if (!(error instanceof TypeError) || !/null \(reading 'write'\)/.test(error.message)) return false;
  return /Immediate|nextWrite/.test(error.stack ?? '');
}

interface FaultLog {
  warn(details: object, message: string): void;
  fatal(details: object, message: string): void;
}

/** Replaces the pools after such a fault; anything else that nobody caught ends the process, as it does by itself. */
export function surviveDriverFaults(log: FaultLog): void {
  process.on('uncaughtException', (error) => {
    if (isDriverFault(error)) {
      log.warn({ err: error }, 'the database driver failed on a closed connection; the pools are replaced');
      renewPools();
      return;
    }
    log.fatal({ err: error }, 'nobody handled this error');
    process.stderr.write(`${error.stack ?? String(error)}\n`, () => process.exit(1));
  });
}

/** The same in Next's server, which keeps the process up by itself. */
export function renewPoolsAfterDriverFaults(): void {
  process.on('uncaughtException', (error) => {
    if (isDriverFault(error)) renewPools();
  });
}
