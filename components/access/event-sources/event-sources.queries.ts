import { queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type { SourceListDto } from '@/lib/access/event-sources/contract';

export const sourceKeys = { all: ['event-sources'] as const };

export const sourcesQuery = queryOptions({
  queryKey: [...sourceKeys.all, 'list'],
  queryFn: ({ signal }) => apiFetch<SourceListDto>('/detections/sources', { signal }),
});
