import type { DataQuery } from '@/components/data-table/data-view-types';
import { type FilterClause, serializeFilter } from '@/components/data-table/filter-grammar';
import {
  AUDIT_FILTER_FIELDS,
  type AuditFilterField,
  auditFilterInput,
  EVENT_IS,
} from '@/lib/platform/audit/contract';

/** Query parameters of `/api/v1/audit-events`: a name repeated for each value, `name!` to exclude. */
export type AuditParams = Record<string, string[]>;

function isField(key: string): key is AuditFilterField {
  return (AUDIT_FILTER_FIELDS as readonly string[]).includes(key);
}

/** What is no field of an event: one value each, and nothing to exclude. */
const SWITCHES: Readonly<Record<'access' | 'synthetic' | 'is', readonly string[]>> = {
  access: ['show'],
  synthetic: ['show'],
  is: EVENT_IS,
};
const isSwitch = (key: string): key is keyof typeof SWITCHES => key in SWITCHES;

/** Filter text as parameters; what has no meaning as `key:value` is searched for as it was written. */
export function paramsOf(clauses: readonly FilterClause[]): AuditParams {
  const params: AuditParams = {};
  for (const { key, value, exclude } of clauses) {
    if (key !== null && isSwitch(key)) {
      if (SWITCHES[key].includes(value) && !exclude) params[key] = [value];
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
    if (value === undefined || !(isField(key) || isSwitch(key))) continue;
    for (const one of [value].flat()) clauses.push({ key, value: one, exclude });
  }
  return clauses.length > 0 ? serializeFilter(clauses) : null;
}

/**
 * A link may name filters as the API does (`?outcome=denied`); the screen keeps them as one text. @returns the same link with that
 * text, null where it names none
 */
export function canonicalUrl(search: Record<string, string | string[] | undefined>): string | null {
  const filter = filterTextOf(search);
  if (filter === null) return null;
  const params = new URLSearchParams({ q: filter });
  for (const name of ['from', 'to', 'open'] as const) {
    const value = search[name];
    if (typeof value === 'string') params.set(name, value);
  }
  return `/audit?${params}`;
}

/** Parameters as the query takes them, where the API is not in between. @throws ZodError for what the API would refuse */
export function auditInputOf(params: AuditParams) {
  const single = Object.entries(params).map(([name, values]) => [
    name,
    values.length === 1 && !isField(name) ? values[0] : values,
  ]);
  return auditFilterInput.parse(Object.fromEntries(single));
}

export const exportPath = (format: 'csv' | 'ndjson', params: AuditParams) =>
  ['/audit-events/export', { ...params, format: [format] }] as const;

/** A command that asks the API the same; the key needs the scope `audit:read`. */
export function curlOf(url: string): string {
  return `curl -sS '${url.replaceAll("'", '%27')}' \\\n  -H "Authorization: Bearer $BULWARK_API_KEY"`;
}
