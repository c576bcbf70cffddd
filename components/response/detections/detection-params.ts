import type { DataQuery } from '@/components/data-table/data-view-types';
import type { FilterClause } from '@/components/data-table/filter-grammar';
import { ApiError } from '@/components/shell/api-client';

/** Query parameters of the API: a name repeated for each value, `name!` to exclude. */
export type DetectionParams = Record<string, string[]>;

/** What a list may be filtered by. */
export interface FilterFields {
  /** Any number of values, each kept or left out. */
  many: readonly string[];
  /** One value, which cannot be left out. */
  one: readonly string[];
  /** Any number of values, which cannot be left out. */
  kept: readonly string[];
}

export const GROUP_FIELDS: FilterFields = {
  many: ['severity', 'state', 'rule', 'kind', 'source', 'host', 'namespace', 'technique'],
  one: ['active'],
  kept: ['entity'],
};

export const EVENT_FIELDS: FilterFields = {
  many: ['severity', 'rule', 'kind', 'source', 'host', 'namespace', 'group', 'mark'],
  one: ['alert', 'expected'],
  kept: [],
};

function refuse(sentence: string): never {
  throw new ApiError(400, 'bad_request', sentence, '');
}

/**
 * Filter text as parameters; what has no meaning as `key:value` is searched for as it was written.
 * @throws ApiError with a sentence for the reader where it cannot be asked
 */
export function paramsOf(
  clauses: readonly FilterClause[],
  { many, one, kept }: FilterFields,
): DetectionParams {
  const params: DetectionParams = {};
  for (const { key, value, exclude } of clauses) {
    const isKnown = key !== null && [...many, ...one, ...kept].includes(key);
    const name = isKnown ? key : 'q';
    const text = key === null || isKnown ? value : `${key}:${value}`;
    if (exclude && isKnown && !many.includes(key))
      refuse(`Detections can be filtered for ${key}, but it cannot be excluded.`);
    const full = exclude ? `${name}!` : name;
    params[full] = [...(params[full] ?? []), text];
    if (one.includes(name) && (params[name]?.length ?? 0) > 1)
      refuse(`Filter by one ${name} value at a time.`);
  }
  return params;
}

/** A view's whole question as parameters. */
export function questionParams(
  query: Pick<DataQuery, 'from' | 'to' | 'clauses'>,
  fields: FilterFields,
): DetectionParams {
  return {
    ...(query.from ? { from: [query.from] } : {}),
    ...(query.to ? { to: [query.to] } : {}),
    ...paramsOf(query.clauses, fields),
  };
}

/** Parameters as the contracts of the API parse them on the server: single values bare. */
export function parsedParams(
  params: DetectionParams,
  { one }: FilterFields,
): Record<string, string | string[]> {
  const single = new Set(['from', 'to', ...one]);
  return Object.fromEntries(
    Object.entries(params).map(([name, values]) => [name, single.has(name) ? (values[0] ?? '') : values]),
  );
}

/** A command that asks the API the same; the key needs the scope `detections:read`. */
export function curlOf(url: string): string {
  return `curl -sS '${url.replaceAll("'", '%27')}' \\\n  -H "Authorization: Bearer $BULWARK_API_KEY"`;
}
