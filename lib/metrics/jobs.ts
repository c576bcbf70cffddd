import { MINUTE_MS } from '@/lib/core/clock';
import type { TenantJob } from '@/lib/jobs/contract';
import { updateMetrics } from './update-metrics';

/** What the worker repeats for metrics. */
export const metricJobs: TenantJob[] = [{ name: 'update metrics', everyMs: MINUTE_MS, run: updateMetrics }];
