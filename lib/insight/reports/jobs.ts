import { MINUTE_MS } from '@/lib/platform/core/clock';
import type { TenantJob } from '@/lib/platform/jobs/contract';
import { makeDueReport } from './make-due-report';

/** What the worker repeats for reports. */
export const reportJobs: TenantJob[] = [
  { name: 'make the weekly report', everyMs: MINUTE_MS, run: makeDueReport },
];
