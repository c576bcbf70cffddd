import { poolOf, type RuntimeRole } from './connect';
import { databaseCode, isConnectionCode } from './errors';
import { assertSafeDatabase, UnsafeDatabaseError } from './startup-check';

const PROBE_TIMEOUT_MS = 2_000;

export type Readiness = { isReady: true } | { isReady: false; reason: string; isFatal: boolean };

function within<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error('The database did not answer in time.')),
      PROBE_TIMEOUT_MS,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Whether this process may work on these roles' connections; fatal where waiting will not help. */
export async function databaseReadiness(roles: readonly RuntimeRole[]): Promise<Readiness> {
  try {
    await within(Promise.all(roles.map((role) => assertSafeDatabase(poolOf(role).sql, role))));
    return { isReady: true };
  } catch (error) {
    if (error instanceof UnsafeDatabaseError) return { isReady: false, reason: error.message, isFatal: true };
    const code = databaseCode(error);
    const reason =
      code && isConnectionCode(code) ? 'The database cannot be reached.' : 'The database does not answer.';
    return { isReady: false, reason, isFatal: false };
  }
}
