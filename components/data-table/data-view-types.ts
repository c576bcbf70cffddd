import type { ReactNode } from 'react';
import type { FilterClause } from './filter-grammar';

/** What a view asks of its server. Times are ISO 8601 UTC; `to` is null while the range ends now. */
export interface DataQuery {
  from: string | null;
  to: string | null;
  clauses: readonly FilterClause[];
  /** The filter as text, for URLs and curl. */
  filter: string;
  /** A column's sort key, with `-` in front for descending; null is the server's order. */
  sort: string | null;
}

export interface DataPage<Row> {
  items: Row[];
  nextCursor: string | null;
  /** Rows in all, only when counted exactly. */
  total?: number;
  /** How far back a bounded search came, ISO 8601, where the page is not full though there may be more. */
  searchedTo?: string;
}

export interface DataColumn<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** Pixels; the columns without a width share the rest. */
  width?: number;
  align?: 'left' | 'right';
  /** The server's sort key; absent where the server cannot sort. */
  sortKey?: string;
  /** Shown only when the reader asks for it. */
  defaultHidden?: boolean;
  /** False for a column that must stay. */
  hideable?: boolean;
  /** Lets the reader filter by the cell's value. */
  filterKey?: string;
  filterValue?: (row: Row) => string | null;
}

export interface FilterKey {
  key: string;
  /** What it means, shown beside the key. */
  label: string;
  /** Known values; facet values are offered as well. */
  values?: readonly string[];
  /** Asks the server for values that begin like `prefix`. */
  complete?: (prefix: string, signal: AbortSignal) => Promise<string[]>;
}

export interface FacetValue {
  value: string;
  count: number;
  /** There are more than were counted: shown as "1,234+". */
  isCapped?: boolean;
  /** A name for people, when it differs from the value. */
  label?: string;
}

export interface FacetDefinition {
  key: string;
  label: string;
  render?: (value: FacetValue) => ReactNode;
  /** Starts closed. */
  closed?: boolean;
}

export interface PeekContent {
  title: ReactNode;
  description?: ReactNode;
  body: ReactNode;
  footer?: ReactNode;
}
