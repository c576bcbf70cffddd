import { queryOptions } from '@tanstack/react-query';
import type { StandingDto } from '@/lib/platform/facts/contract';
import { apiFetch } from './api-client';

const STALE_MS = 15_000;

/** Whether something is wrong, in the one sentence that every screen says. */
export const standingQuery = queryOptions({
  queryKey: ['standing'],
  queryFn: ({ signal }) => apiFetch<StandingDto>('/standing', { signal }),
  staleTime: STALE_MS,
});
