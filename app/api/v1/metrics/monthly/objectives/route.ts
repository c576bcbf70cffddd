import { listMetricObjectives } from '@/lib/insight/metrics/metric-objectives';
import { metricObjectivesInput } from '@/lib/insight/metrics/rows-contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'metrics:read',
  input: metricObjectivesInput,
  run: listMetricObjectives,
});
