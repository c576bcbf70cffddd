import { apiRoute } from '@/lib/auth/api-route';
import { listMetricKeys } from '@/lib/metrics/metric-keys';
import { metricKeysInput } from '@/lib/metrics/rows-contract';

export const GET = apiRoute({ permission: 'metrics:read', input: metricKeysInput, run: listMetricKeys });
