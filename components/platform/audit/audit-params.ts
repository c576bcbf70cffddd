import type { DataQuery } from '@/components/data-table/data-view-types';
import { type FilterClause, serializeFilter } from '@/components/data-table/filter-grammar';
import { AUDIT_FILTER_FIELDS, type AuditFilterField } from '@/lib/platform/audit/contract';

/** Query parameters of `/api/v1/audit-events`: a name repeated for each value, `name!` to exclude. */
export type AuditParams = Record<string, string[]>;

function isField(key: string): key is AuditFilterField {
  return (AUDIT_FILTER_FIELDS as readonly string[]).includes(key);
}

/** Filter text as parameters; what has no meaning as `key:value` is searched for as it was written. */
export function paramsOf(clauses: readonly FilterClause[]): AuditParams {
  const params: AuditParams = {};
  for (const { key, value, exclude } of clauses) {
    if (key === 'access') {
      if (value === 'show' && !exclude) params.access = ['show'];
      continue;
    }
    const name = key !== null && isField(key) ? key : 'q';
    const text = key === null || isField(key) ? value : `${key}:${value}`;
    const full = exclude ? `${name}!` : name;
    params[full] = [...(params[full] ?? []), text];
  }
  return params;
}

/** A view's whole question as parameters. */
export function questionParams(query: Pick<DataQuery, 'from' | 'to' | 'clauses'>): AuditParams {
  return {
    ...(query.from ? { from: [query.from] } : {}),
    ...(query.to ? { to: [query.to] } : {}),
    ...paramsOf(query.clauses),
  };
}

/**
 * Filter text for parameters as the API takes them, so that `/audit?outcome=denied` is a link; null where there are none.
 */
export function filterTextOf(search: Record<string, string | string[] | undefined>): string | null {
  const clauses: FilterClause[] = [];
  for (const [name, value] of Object.entries(search)) {
    const exclude = name.endsWith('!');
    const key = exclude ? name.slice(0, -1) : name;
    if (value === undefined || !(isField(key) || key === 'access')) continue;
    for (const one of [value].flat()) clauses.push({ key, value: one, exclude });
  }
  return clauses.length > 0 ? serializeFilter(clauses) : null;
}

export const exportPath = (format: 'csv' | 'ndjson', params: AuditParams) =>
  ['/audit-events/export', { ...params, format: [format] }] as const;

/** A command that asks the API the same; the key needs the scope `audit:read`. */
export function curlOf(url: string): string {
  return `curl -sS '${url.replaceAll("'", '%27')}' \\\n  -H "Authorization: Bearer $BULWARK_API_KEY"`;
}
