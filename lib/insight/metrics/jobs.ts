import { MINUTE_MS } from '@/lib/platform/core/clock';
import type { TenantJob } from '@/lib/platform/jobs/contract';
import { updateMetrics } from './update-metrics';

/** What the worker repeats for metrics. */
export const metricJobs: TenantJob[] = [{ name: 'update metrics', everyMs: MINUTE_MS, run: updateMetrics }];
