import { MINUTE_MS } from '@/lib/platform/core/clock';
import type { TenantJob } from '@/lib/platform/jobs/contract';
import { countActivity } from './count-activity';
import { evaluateRules } from './evaluate-hours';

/** What the worker repeats for anomalies. */
export const anomalyJobs: TenantJob[] = [
  {
    name: 'look for anomalies',
    everyMs: MINUTE_MS,
    run: async (actor) => {
      await countActivity(actor);
      await evaluateRules(actor);
    },
  },
];
