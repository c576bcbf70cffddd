import { listMetricFindings } from '@/lib/insight/metrics/metric-findings';
import { metricFindingsInput } from '@/lib/insight/metrics/rows-contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'metrics:read',
  input: metricFindingsInput,
  run: listMetricFindings,
});
