import { expireAcceptances } from '@/lib/assurance/findings/decide/expire-acceptances';
import { compactTally } from '@/lib/assurance/findings/import/compact-tally';
import { failLostScans } from '@/lib/assurance/findings/import/fail-lost-scans';
import { importScan } from '@/lib/assurance/findings/import/import-scan';
import { HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import type { TenantJob } from '@/lib/platform/jobs/contract';
import type { JobHandler } from '@/lib/platform/jobs/enqueue';

export const importQueuedScan: JobHandler<'findings.import-scan'> = (actor, { scanId }) =>
  importScan(actor, scanId);

/** What the worker repeats for findings. */
export const findingJobs: TenantJob[] = [
  {
    name: 'end acceptances',
    everyMs: 5 * MINUTE_MS,
    run: async (actor) => {
      await expireAcceptances(actor);
    },
  },
  {
    name: 'add up the tally of findings',
    everyMs: 5 * MINUTE_MS,
    run: compactTally,
  },
  {
    name: 'give up on lost scans',
    everyMs: HOUR_MS / 6,
    run: async (actor) => {
      await failLostScans(actor);
    },
  },
];
