import { queryOptions } from '@tanstack/react-query';
import type { DataPage, DataQuery } from '@/components/data-table/data-view-types';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import {
  EXCEPTION_STATES,
  type ExceptionDto,
  type ExceptionListDto,
  type ExceptionReplayDto,
  type PreviewExceptionInput,
} from '@/lib/response/detections/exception-contract';
import { detectionKeys } from './detections.queries';

/** What an exception would have covered in the last 90 days. */
export const previewQuery = (input: PreviewExceptionInput) =>
  queryOptions({
    queryKey: [...detectionKeys.exceptions, 'preview', input],
    queryFn: ({ signal }) =>
      apiFetch<ExceptionReplayDto>('/detections/exceptions/preview', { method: 'POST', body: input, signal }),
    enabled: Object.keys(input.fields).length > 0,
    staleTime: 60_000,
  });

const isState = (value: string) => Object.hasOwn(EXCEPTION_STATES, value);

/** The filter as the API takes it: one state, one rule. */
export function exceptionFilter(clauses: DataQuery['clauses']): { state?: string; rule?: string } {
  const filter: { state?: string; rule?: string } = {};
  for (const { key, value, exclude } of clauses) {
    const name = key === 'state' || key === 'rule' ? key : null;
    if (name === null || exclude || filter[name] !== undefined || (name === 'state' && !isState(value)))
      throw new ApiError(400, 'bad_request', 'Filter by one state: or one rule:, such as state:waiting.', '');
    filter[name] = value;
  }
  return filter;
}

export function fetchExceptions(
  { clauses }: DataQuery,
  { cursor, signal }: { cursor: string | null; signal: AbortSignal },
): Promise<DataPage<ExceptionDto>> {
  return apiFetch<ExceptionListDto>('/detections/exceptions', {
    query: { ...exceptionFilter(clauses), cursor, limit: 100 },
    signal,
  });
}

export const fetchException = (id: string, signal: AbortSignal) =>
  apiFetch<ExceptionDto>(`/detections/exceptions/${id}`, { signal });
