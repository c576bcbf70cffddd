'use client';

import { createContext, type ReactNode, useContext } from 'react';
import type { FilterClause } from './filter-grammar';

interface DataViewFilters {
  clauses: readonly FilterClause[];
  addClause: (clause: FilterClause) => void;
  removeClause: (clause: FilterClause) => void;
}

const FiltersContext = createContext<DataViewFilters>({
  clauses: [],
  addClause: () => {},
  removeClause: () => {},
});

export function DataViewFiltersProvider({
  value,
  children,
}: {
  value: DataViewFilters;
  children: ReactNode;
}) {
  return <FiltersContext value={value}>{children}</FiltersContext>;
}

/** The filters of the view around, for cells and peek panels. */
export function useDataViewFilters(): DataViewFilters {
  return useContext(FiltersContext);
}
