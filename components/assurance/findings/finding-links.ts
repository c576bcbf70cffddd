import { type FilterClause, serializeFilter } from '@/components/data-table/filter-grammar';
import type { Sla } from '@/lib/assurance/findings/contract';
import type { FINDING_GROUPINGS } from '@/lib/assurance/findings/views-contract';

export type Grouping = (typeof FINDING_GROUPINGS)[number];

const including = (key: string, value: string): FilterClause => ({ key, value, exclude: false });

function hrefOf(clauses: readonly FilterClause[], sort?: string): string {
  return `/findings?${new URLSearchParams({ q: serializeFilter(clauses), ...(sort ? { sort } : {}) })}`;
}

/** The findings behind a number of the due board, in the order in which they are due; what is never due has no such order. */
export function dueHref(filter: Readonly<Record<string, string | null>> & { sla: Sla }): string {
  const clauses = Object.entries(filter).flatMap(([key, value]) =>
    value === null ? [] : [including(key, value)],
  );
  return hrefOf(clauses, filter.sla === 'none' ? undefined : 'due');
}

/** The findings of a group: the filter as it is, and the group's own value. */
export function groupHref(by: Grouping, value: string, clauses: readonly FilterClause[]): string {
  const others = clauses.filter(({ key, exclude }) => key !== by || exclude);
  return hrefOf([...others, including(by, value)]);
}
