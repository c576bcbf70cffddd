import { failLostRuns } from '@/lib/assurance/scanners/runs/fail-lost-runs';
import { noteScanners } from '@/lib/assurance/scanners/runs/note-scanners';
import { performRun, type UploadReport } from '@/lib/assurance/scanners/runs/perform-run';
import { queueDueRuns } from '@/lib/assurance/scanners/runs/queue-due-runs';
import { createTurns } from '@/lib/assurance/scanners/runs/turns';
import { killOrphans } from '@/lib/assurance/scanners/sandbox/processes';
import { removeOldScratch } from '@/lib/assurance/scanners/sandbox/scratch';
import { MINUTE_MS } from '@/lib/platform/core/clock';
import { getEnv } from '@/lib/platform/core/env/env';
import type { TenantJob } from '@/lib/platform/jobs/contract';
import type { JobHandler } from '@/lib/platform/jobs/enqueue';

/** What the worker repeats for scanners. */
export const scannerJobs: TenantJob[] = [
  {
    name: 'start scans that are due',
    everyMs: MINUTE_MS / 2,
    run: async (actor) => {
      await queueDueRuns(actor);
    },
  },
  {
    name: 'clean up after scanners',
    everyMs: 2 * MINUTE_MS,
    run: async (actor) => {
      killOrphans();
      await removeOldScratch();
      await failLostRuns(actor);
    },
  },
  { name: 'look at scanners', everyMs: 5 * MINUTE_MS, run: noteScanners },
];

const turns = createTurns(() => getEnv().scanners.concurrency);

/** A run that somebody or the schedule asked for; few at a time in this process. */
export function runScannerHandler(door: UploadReport): JobHandler<'scanners.run'> {
  return (actor, { runId }, { signal }) =>
    turns(async () => {
      killOrphans();
      await removeOldScratch();
      await performRun(actor, runId, door, signal);
    });
}
