import { queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type {
  ExplainedLimitsDto,
  ExplainLimitsInput,
  RateLimitsDto,
} from '@/lib/platform/rate-limit/contract';

const REFETCH_MS = 5_000;

export const rateLimitsQuery = queryOptions({
  queryKey: ['rate-limits'],
  queryFn: ({ signal }) => apiFetch<RateLimitsDto>('/policies/rate-limits', { signal }),
  refetchInterval: REFETCH_MS,
});

export const explainLimits = (body: ExplainLimitsInput) =>
  apiFetch<ExplainedLimitsDto>('/policies/rate-limits/explain', { method: 'POST', body });
