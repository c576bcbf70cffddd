import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type {
  LogDto,
  RunDto,
  RunPageDto,
  ScannerListDto,
  TargetPageDto,
} from '@/lib/assurance/scanners/contract';

const FAST_MS = 1_500;
const SLOW_MS = 15_000;

export const targetKeys = {
  all: ['scan-targets'] as const,
  list: ['scan-targets', 'list'] as const,
  scanners: ['scan-targets', 'scanners'] as const,
  runs: (targetId: string) => ['scan-targets', 'runs', targetId] as const,
  log: (runId: string) => ['scan-targets', 'log', runId] as const,
};

export const isOpen = (run: Pick<RunDto, 'status'> | null | undefined) =>
  run?.status === 'queued' || run?.status === 'running';

/** Whether what became of a run may still change: it runs, or its report is being imported. */
const isMoving = (run: RunDto | null) =>
  isOpen(run) || run?.scan?.status === 'queued' || run?.scan?.status === 'running';

export const targetsQuery = infiniteQueryOptions({
  queryKey: targetKeys.list,
  queryFn: ({ signal, pageParam }) =>
    apiFetch<TargetPageDto>('/scan-targets', { query: { cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.nextCursor,
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.items.some(({ lastRun }) => isMoving(lastRun))) ? FAST_MS : SLOW_MS,
});

export const scannersQuery = queryOptions({
  queryKey: targetKeys.scanners,
  queryFn: ({ signal }) => apiFetch<ScannerListDto>('/scanners', { signal }),
  refetchInterval: SLOW_MS,
});

export const runsQuery = (targetId: string) =>
  queryOptions({
    queryKey: targetKeys.runs(targetId),
    queryFn: ({ signal }) =>
      apiFetch<RunPageDto>(`/scan-targets/${targetId}/runs`, { query: { limit: 20 }, signal }),
    refetchInterval: ({ state }) => (state.data?.items.some(isMoving) ? FAST_MS : SLOW_MS),
  });

/** The whole log of a run; asked again after its last known line while it grows. */
export const logQuery = (runId: string) =>
  queryOptions({
    queryKey: targetKeys.log(runId),
    queryFn: async ({ client, signal }): Promise<LogDto> => {
      const known = client.getQueryData<LogDto>(targetKeys.log(runId));
      const query = { after: known?.last ?? 0 };
      const next = await apiFetch<LogDto>(`/scanner-runs/${runId}/log`, { query, signal });
      return { ...next, items: [...(known?.items ?? []), ...next.items] };
    },
    refetchInterval: ({ state }) => (state.data?.isOpen === false ? false : FAST_MS),
  });
