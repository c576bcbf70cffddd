import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type { MonthlyMetricsDto } from '@/lib/insight/metrics/contract';
import type {
  MetricCountPageDto,
  MetricFindingPageDto,
  MetricKeyPageDto,
  MetricObjectivePageDto,
} from '@/lib/insight/metrics/rows-contract';
import type { CountsAsked, FindingsAsked, KeysAsked, ObjectivesAsked, RowsAsked } from './rows-asked';

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

/** The pages of a list of rows, asked for with what it was asked for. */
function rowsQuery<P extends { nextCursor: string | null }, A extends RowsAsked>({ list, ...query }: A) {
  return infiniteQueryOptions({
    queryKey: [...metricKeys.all, list, query],
    queryFn: ({ signal, pageParam }) =>
      apiFetch<P>(`/metrics/monthly/${list}`, { query: { ...query, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
}

export const metricFindingsQuery = (asked: FindingsAsked) =>
  rowsQuery<MetricFindingPageDto, FindingsAsked>(asked);
export const metricKeysQuery = (asked: KeysAsked) => rowsQuery<MetricKeyPageDto, KeysAsked>(asked);
export const metricObjectivesQuery = (asked: ObjectivesAsked) =>
  rowsQuery<MetricObjectivePageDto, ObjectivesAsked>(asked);
export const metricCountsQuery = (asked: CountsAsked) => rowsQuery<MetricCountPageDto, CountsAsked>(asked);
