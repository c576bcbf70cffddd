import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type { ReportPageDto, ReportSettingsDto } from '@/lib/insight/reports/contract';

export const reportKeys = {
  list: ['reports', 'list'] as const,
  settings: ['reports', 'settings'] as const,
};

export const reportsQuery = infiniteQueryOptions({
  queryKey: reportKeys.list,
  queryFn: ({ signal, pageParam }) =>
    apiFetch<ReportPageDto>('/reports/weekly', { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.nextCursor,
});

export const reportSettingsQuery = queryOptions({
  queryKey: reportKeys.settings,
  queryFn: ({ signal }) => apiFetch<ReportSettingsDto>('/reports/settings', { signal }),
});
