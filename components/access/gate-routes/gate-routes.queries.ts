import { queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type { ExplainRouteDto, ExplainRouteInput, GateRoutesDto } from '@/lib/access/gate-routes/contract';

const REFETCH_MS = 10_000;

export const gateRoutesQuery = queryOptions({
  queryKey: ['gate-routes'],
  queryFn: ({ signal }) => apiFetch<GateRoutesDto>('/policies/gate-routes', { signal }),
  refetchInterval: REFETCH_MS,
});

export function explainRoute(input: ExplainRouteInput): Promise<ExplainRouteDto> {
  return apiFetch<ExplainRouteDto>('/policies/gate-routes/explain', { method: 'POST', body: input });
}
