import { apiRoute } from '@/lib/auth/api-route';
import { metricCountsInput } from '@/lib/metrics/contract';
import { listCountedValues } from '@/lib/metrics/counted-values';

export const GET = apiRoute({ permission: 'metrics:read', input: metricCountsInput, run: listCountedValues });
