import type { DataQuery } from './data-view-types';
import { parseFilter } from './filter-grammar';
import { resolveRange, type TimeRange } from './time-range';

/** What the URL says, before relative times are resolved. `range` is null for lists without a time. */
export interface DataViewState {
  range: TimeRange | null;
  q: string;
  sort: string | null;
}

/** Turns the state into the question for the server; a range that cannot be read falls back to no limit. */
export function resolveQuery(state: DataViewState, nowMs: number): DataQuery {
  const resolved = state.range ? resolveRange(state.range, nowMs) : null;
  const open = state.range?.to === 'now';
  return {
    from: resolved ? new Date(resolved.fromMs).toISOString() : null,
    to: resolved && !open ? new Date(resolved.toMs).toISOString() : null,
    clauses: parseFilter(state.q),
    filter: state.q,
    sort: state.sort,
  };
}

/** The react-query key of a list's rows, for prefetching on the server and for invalidation. */
export function rowsKey(queryKey: readonly unknown[], state: DataViewState): readonly unknown[] {
  return [...queryKey, 'rows', state];
}
