import { apiRoute } from '@/lib/auth/api-route';
import { listCountedValues } from '@/lib/metrics/counted-values';
import { metricCountsInput } from '@/lib/metrics/rows-contract';

export const GET = apiRoute({ permission: 'metrics:read', input: metricCountsInput, run: listCountedValues });
