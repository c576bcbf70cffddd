import { queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type { OverviewDto } from '@/lib/insight/overview/contract';

const REFETCH_MS = 10_000;

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => apiFetch<OverviewDto>('/overview', { signal }),
  refetchInterval: REFETCH_MS,
});
