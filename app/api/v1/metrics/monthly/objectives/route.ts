import { apiRoute } from '@/lib/auth/api-route';
import { listMetricObjectives } from '@/lib/metrics/metric-objectives';
import { metricObjectivesInput } from '@/lib/metrics/rows-contract';

export const GET = apiRoute({
  permission: 'metrics:read',
  input: metricObjectivesInput,
  run: listMetricObjectives,
});
