'use client';

import type { UseQueryResult } from '@tanstack/react-query';
import { ErrorState } from '@/components/ui/error-state';
import { ApiError } from './api-client';

/** Says that a list on screen could not be refreshed, and lets the reader try again; nothing while all is well. */
export function QueryProblem({ queries, title }: { queries: readonly UseQueryResult[]; title: string }) {
  const broken = queries.filter((query) => query.error !== null);
  const [first] = broken;
  if (!first?.error) return null;
  return (
    <ErrorState
      title={title}
      onRetry={() => {
        for (const query of broken) void query.refetch();
      }}
      retrying={broken.some((query) => query.isFetching)}
      requestId={first.error instanceof ApiError ? (first.error.requestId ?? undefined) : undefined}
    >
      {first.error.message}
    </ErrorState>
  );
}
