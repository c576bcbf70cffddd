import type { FilterClause } from '@/components/data-table/filter-grammar';
import { ApiError } from '@/components/shell/api-client';
import {
  BACKEND_KIND_NAMES,
  EXPOSURE_NAMES,
  SECRET_KIND_NAMES,
  SECRET_STATUSES,
  type SecretFilter,
} from '@/lib/access/secrets/contract';

/** Parameters of the API. */
export type SecretQuery = Record<string, string | string[]>;

interface Field {
  /** What it can be, where that is a closed list. */
  values?: readonly string[];
  canExclude?: boolean;
  isSingle?: boolean;
}

/** The keys of the filter bar; the API calls them the same. */
const FIELDS: Readonly<Partial<Record<keyof SecretFilter, Field>>> = {
  status: { values: SECRET_STATUSES, canExclude: true },
  backend: { values: BACKEND_KIND_NAMES, canExclude: true },
  exposure: { values: EXPOSURE_NAMES, canExclude: true },
  kind: { values: SECRET_KIND_NAMES, canExclude: true },
  owner: { canExclude: true },
  tag: {},
  due: { values: ['overdue', 'soon'], isSingle: true },
  use: { values: ['unused'], isSingle: true },
  source: { isSingle: true },
  same: { isSingle: true },
};

function refuse(sentence: string): never {
  throw new ApiError(400, 'bad_request', sentence, '');
}

function partOf(key: string, field: Field, clauses: readonly FilterClause[]): SecretQuery {
  const valuesOf = (isExcluded: boolean) =>
    clauses.filter((one) => one.key === key && one.exclude === isExcluded).map(({ value }) => value);
  const [kept, leftOut] = [valuesOf(false), valuesOf(true)];
  if (leftOut.length > 0 && !field.canExclude)
    refuse(`Secrets can be filtered for ${key}, but it cannot be excluded.`);
  if (field.isSingle && kept.length > 1) refuse(`Filter by one ${key} value at a time.`);
  const unknown = [...kept, ...leftOut].find((value) => field.values && !field.values.includes(value));
  if (unknown !== undefined)
    refuse(`${key} cannot be "${unknown}". Use one of: ${field.values?.join(', ')}.`);
  return {
    ...(kept.length > 0 ? { [key]: field.isSingle ? (kept[0] ?? '') : kept } : {}),
    ...(leftOut.length > 0 ? { [`${key}!`]: leftOut } : {}),
  };
}

const isField = (key: string | null): key is string => key !== null && Object.hasOwn(FIELDS, key);
const textOf = ({ key, value }: FilterClause) => (key === null ? value : `${key}:${value}`);

/**
 * The filter as the API takes it.
 * @throws ApiError with a sentence for the reader where it cannot be answered
 */
export function queryOf(clauses: readonly FilterClause[]): SecretQuery {
  const parts = Object.entries(FIELDS).map(([key, field]) => partOf(key, field, clauses));
  const wordsOf = (isExcluded: boolean) =>
    clauses.filter(({ key, exclude }) => !isField(key) && exclude === isExcluded).map(textOf);
  const [q, notQ] = [wordsOf(false), wordsOf(true)];
  return Object.assign({}, ...parts, q.length > 0 ? { q } : {}, notQ.length > 0 ? { 'q!': notQ } : {});
}
