import type { ReadTx } from '@/db/scope';
import type { LogProblem } from './contract';
import { problemsOf } from './read/log-problems';
import { readLogStatus } from './read/log-status';

export const INTEGRITY_HREF = '/audit/integrity';

/** What others may know of the tenant's sealed log. Times are epoch milliseconds. */
export interface LogFacts {
  /** Worst first. */
  problems: LogProblem[];
  leaves: number;
  /** Null: nothing is signed. */
  signedMs: number | null;
  hasWitness: boolean;
  witnessedMs: number | null;
  /** The newest verification that looked at everything; null where there is none. */
  verification: { finishedMs: number; isVerified: boolean; leaves: number; faults: number } | null;
}

export async function readLogFacts(tx: ReadTx, tenantId: string): Promise<LogFacts> {
  const status = await readLogStatus(tx, tenantId);
  const { verification, logs, installation, outside, witnessed } = status;
  return {
    problems: problemsOf(status),
    leaves: logs.reduce((sum, { size }) => sum + size, 0),
    signedMs: installation?.signedMs ?? null,
    hasWitness: Boolean(outside?.policy),
    witnessedMs: witnessed?.witnessedMs ?? null,
    verification: verification && {
      finishedMs: verification.finishedMs ?? verification.startedMs,
      isVerified: verification.state === 'verified',
      ...{ leaves: verification.leaves, faults: verification.report?.faultCount ?? 0 },
    },
  };
}
