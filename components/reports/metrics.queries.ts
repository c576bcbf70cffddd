import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type {
  CountedKey,
  MetricCountPageDto,
  MetricFindingPageDto,
  MonthlyMetricsDto,
} from '@/lib/metrics/contract';
import type { RowsAsked } from './metrics.utils';

const REFETCH_MS = 60_000;

export const metricKeys = { all: ['metrics'] as const };

/** @param from the first month, `2026-01` */
export const monthlyQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: [...metricKeys.all, from, to],
    queryFn: ({ signal }) => apiFetch<MonthlyMetricsDto>('/metrics/monthly', { query: { from, to }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: REFETCH_MS,
  });

export const metricFindingsQuery = ({ rows, month, severity }: RowsAsked) =>
  infiniteQueryOptions({
    queryKey: [...metricKeys.all, 'findings', rows, month, severity],
    queryFn: ({ signal, pageParam }) =>
      apiFetch<MetricFindingPageDto>('/metrics/monthly/findings', {
        query: { month, series: rows, severity, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

export const metricCountsQuery = (of: CountedKey, month: string) =>
  infiniteQueryOptions({
    queryKey: [...metricKeys.all, 'counts', of, month],
    queryFn: ({ signal, pageParam }) =>
      apiFetch<MetricCountPageDto>('/metrics/monthly/counts', {
        query: { of, month, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
