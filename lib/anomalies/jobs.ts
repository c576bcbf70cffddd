import { MINUTE_MS } from '@/lib/core/clock';
import type { TenantJob } from '@/lib/jobs/contract';
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
