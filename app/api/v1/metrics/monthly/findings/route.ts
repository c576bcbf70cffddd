import { apiRoute } from '@/lib/auth/api-route';
import { metricFindingsInput } from '@/lib/metrics/contract';
import { listMetricFindings } from '@/lib/metrics/episode-findings';

export const GET = apiRoute({
  permission: 'metrics:read',
  input: metricFindingsInput,
  run: listMetricFindings,
});
