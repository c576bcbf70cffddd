import type { DataQuery } from '@/components/data-table/data-view-types';
import type { FilterClause } from '@/components/data-table/filter-grammar';

const FIELDS = ['state', 'channel', 'type', 'kind'];

/** Query parameters of `/notifications/deliveries`: a name repeated for each value, `name!` to exclude. */
export function deliveryParams({
  from,
  to,
  clauses,
}: Pick<DataQuery, 'from' | 'to' | 'clauses'>): Record<string, string[] | string> {
  const params: Record<string, string[] | string> = {};
  if (from) params.from = from;
  if (to) params.to = to;
  const words: string[] = [];
  const add = ({ key, value, exclude }: FilterClause) => {
    if (key === null || !FIELDS.includes(key)) return words.push(key === null ? value : `${key}:${value}`);
    const name = exclude ? `${key}!` : key;
    params[name] = [...(params[name] ?? []), value];
  };
  clauses.forEach(add);
  if (words.length > 0) params.q = words.join(' ');
  return params;
}
