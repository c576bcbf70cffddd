import type { RunStatus } from '@/lib/assurance/scanners/contract';

/** Why a run ends without a report, in a sentence that says what to do. */
export class ScanProblem extends Error {
  override readonly name = 'ScanProblem';

  constructor(
    message: string,
    readonly status: Extract<RunStatus, 'failed' | 'cancelled' | 'timed_out'> = 'failed',
    readonly exitCode: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
