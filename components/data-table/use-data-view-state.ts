'use client';

import { useQueryStates } from 'nuqs';
import { useCallback, useMemo } from 'react';
import type { DataViewState } from './data-query';
import { addClause, type FilterClause, parseFilter, removeClause, serializeFilter } from './filter-grammar';
import { dataViewParsers } from './search-params';
import type { TimeRange } from './time-range';

export interface DataViewUrl extends DataViewState {
  clauses: readonly FilterClause[];
  open: string | null;
  hidden: readonly string[] | null;
  live: boolean;
  setRange: (range: TimeRange | null) => void;
  setClauses: (clauses: readonly FilterClause[]) => void;
  addClause: (clause: FilterClause) => void;
  removeClause: (clause: FilterClause) => void;
  setSort: (sort: string | null) => void;
  setOpen: (id: string | null) => void;
  setHidden: (columns: readonly string[] | null) => void;
  setLive: (live: boolean) => void;
}

/** The view's state, kept in the URL. `defaultFrom` null means the list has no time range. */
export function useDataViewState(defaultFrom: string | null, defaultSort: string | null): DataViewUrl {
  const [url, setUrl] = useQueryStates(dataViewParsers, { history: 'replace' });
  const from = url.from ?? defaultFrom;
  const to = url.to ?? 'now';
  const range = useMemo(() => (from === null ? null : { from, to }), [from, to]);
  const clauses = useMemo(() => parseFilter(url.q), [url.q]);

  const setClauses = useCallback(
    (next: readonly FilterClause[]) => {
      const q = serializeFilter(next);
      void setUrl({ q: q === '' ? null : q }, { history: 'push' });
    },
    [setUrl],
  );
  const setRange = useCallback(
    (next: TimeRange | null) => {
      const isDefault = next === null || (next.from === defaultFrom && next.to === 'now');
      const values = isDefault
        ? { from: null, to: null }
        : { from: next.from, to: next.to === 'now' ? null : next.to };
      void setUrl(values, { history: 'push' });
    },
    [defaultFrom, setUrl],
  );

  return {
    range,
    q: url.q,
    sort: url.sort ?? defaultSort,
    clauses,
    open: url.open,
    hidden: url.hide,
    live: url.live,
    setRange,
    setClauses,
    addClause: (clause) => setClauses(addClause(clauses, clause)),
    removeClause: (clause) => setClauses(removeClause(clauses, clause)),
    setSort: (sort) => void setUrl({ sort: sort === defaultSort ? null : sort }),
    setOpen: (open) => void setUrl({ open }),
    setHidden: (columns) => void setUrl({ hide: columns === null ? null : [...columns] }),
    setLive: (live) => void setUrl({ live: live || null }),
  };
}
