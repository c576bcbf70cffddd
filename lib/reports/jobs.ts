import { MINUTE_MS } from '@/lib/core/clock';
import type { TenantJob } from '@/lib/jobs/contract';
import { makeDueReport } from './make-due-report';

/** What the worker repeats for reports. */
export const reportJobs: TenantJob[] = [
  { name: 'make the weekly report', everyMs: MINUTE_MS, run: makeDueReport },
];
