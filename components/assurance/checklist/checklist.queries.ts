import { queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type {
  ChecklistDto,
  CheckRunListDto,
  EvidenceDto,
  RunDetailDto,
  VerdictDto,
  VerdictListDto,
} from '@/lib/assurance/checklist/contract';

const REFETCH_MS = 15_000;
const LIVE_MS = 1_000;
const HISTORY_MAX = 50;

export const checklistKeys = {
  all: ['checklist'],
  now: ['checklist', 'now'],
  run: (id: string) => ['checklist', 'run', id],
  history: (check: string) => ['checklist', 'history', check],
  evidence: (id: string) => ['checklist', 'evidence', id],
  verdicts: ['checklist', 'verdicts'],
  verdict: (id: string) => ['checklist', 'verdicts', id],
} as const;

export const checklistQuery = queryOptions({
  queryKey: checklistKeys.now,
  queryFn: ({ signal }) => apiFetch<ChecklistDto>('/checklist', { signal }),
  refetchInterval: (query) => (query.state.data?.activeRun ? LIVE_MS * 2 : REFETCH_MS),
});

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: checklistKeys.run(id),
    queryFn: ({ signal }) => apiFetch<RunDetailDto>(`/checklist/runs/${id}`, { signal }),
    refetchInterval: (query) => (query.state.data?.finishedAt ? false : LIVE_MS),
  });

export const historyQuery = (check: string) =>
  queryOptions({
    queryKey: checklistKeys.history(check),
    queryFn: ({ signal }) =>
      apiFetch<CheckRunListDto>('/checklist/history', { query: { check, limit: HISTORY_MAX }, signal }),
  });

export const evidenceQuery = (id: string) =>
  queryOptions({
    queryKey: checklistKeys.evidence(id),
    queryFn: ({ signal }) => apiFetch<EvidenceDto>(`/checklist/evidence/${id}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const verdictsQuery = queryOptions({
  queryKey: checklistKeys.verdicts,
  queryFn: ({ signal }) =>
    apiFetch<VerdictListDto>('/release-gate', { query: { limit: HISTORY_MAX }, signal }),
});

export const verdictQuery = (id: string) =>
  queryOptions({
    queryKey: checklistKeys.verdict(id),
    queryFn: ({ signal }) => apiFetch<VerdictDto>(`/release-gate/${id}`, { signal }),
  });
