import { listMetricKeys } from '@/lib/insight/metrics/metric-keys';
import { metricKeysInput } from '@/lib/insight/metrics/rows-contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'metrics:read', input: metricKeysInput, run: listMetricKeys });
