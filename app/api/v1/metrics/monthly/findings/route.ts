import { apiRoute } from '@/lib/auth/api-route';
import { listMetricFindings } from '@/lib/metrics/metric-findings';
import { metricFindingsInput } from '@/lib/metrics/rows-contract';

export const GET = apiRoute({
  permission: 'metrics:read',
  input: metricFindingsInput,
  run: listMetricFindings,
});
