import { listCountedValues } from '@/lib/insight/metrics/counted-values';
import { metricCountsInput } from '@/lib/insight/metrics/rows-contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'metrics:read', input: metricCountsInput, run: listCountedValues });
