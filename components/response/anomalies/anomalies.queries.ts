import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type { AnomalyMuteListDto, AnomalyPageDto, RuleListDto } from '@/lib/response/anomalies/contract';

const REFETCH_MS = 30_000;

export const anomalyKeys = { all: ['anomalies'] as const };

export interface AnomalyFilter {
  state: string;
  rule: string | null;
  muted: string;
  month: string | null;
  from: string | null;
  to: string | null;
}

export const anomaliesQuery = ({ state, rule, muted, month, from, to }: AnomalyFilter) =>
  infiniteQueryOptions({
    queryKey: [...anomalyKeys.all, 'list', state, rule, muted, month, from, to],
    queryFn: ({ signal, pageParam }) =>
      apiFetch<AnomalyPageDto>('/anomalies', {
        query: { state, rule, muted, month, from, to, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: REFETCH_MS,
  });

export const rulesQuery = queryOptions({
  queryKey: [...anomalyKeys.all, 'rules'],
  queryFn: ({ signal }) => apiFetch<RuleListDto>('/anomaly-rules', { signal }),
});

export const mutesQuery = queryOptions({
  queryKey: [...anomalyKeys.all, 'mutes'],
  queryFn: ({ signal }) => apiFetch<AnomalyMuteListDto>('/anomaly-mutes', { signal }),
});
