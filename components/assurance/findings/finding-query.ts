import type { FilterClause } from '@/components/data-table/filter-grammar';
import { ApiError } from '@/components/shell/api-client';
import {
  AGES,
  FINDING_KINDS,
  FINDING_SORTS,
  FINDING_STATUSES,
  type ListFindingsInput,
  SEVERITIES,
  TOOLS,
} from '@/lib/assurance/findings/contract';

/** Parameters of the API. */
export type FindingQuery = Record<string, string | string[]>;

type Parameter = keyof ListFindingsInput;

interface Field {
  parameter: Parameter;
  /** What it can be, where that is a closed list: what is left out is then the others that are asked for. */
  values?: readonly string[];
  /** The parameter that leaves values out. */
  without?: Parameter;
  isSingle?: boolean;
}

const FIELDS: Readonly<Record<string, Field>> = {
  state: { parameter: 'status', values: FINDING_STATUSES },
  severity: { parameter: 'severity', values: SEVERITIES },
  tool: { parameter: 'tool', values: TOOLS },
  kind: { parameter: 'kind', values: FINDING_KINDS },
  age: { parameter: 'age', values: AGES },
  kev: { parameter: 'kev', values: ['true', 'false'], isSingle: true },
  acceptance: { parameter: 'acceptance', isSingle: true },
  sla: { parameter: 'sla', isSingle: true },
  branch: { parameter: 'branch' },
  asset: { parameter: 'asset', without: 'notAsset' },
  package: { parameter: 'package', without: 'notPackage' },
  rule: { parameter: 'rule', without: 'notRule' },
  owner: { parameter: 'owner', without: 'notOwner' },
};

/** Every state, which the API leaves out unless asked. */
export const ANY_STATE = 'any';

function refuse(sentence: string): never {
  throw new ApiError(400, 'bad_request', sentence, '');
}

/** What to ask for of a closed list; undefined where the filter does not mention it. */
function chosen(
  key: string,
  values: readonly string[],
  kept: readonly string[],
  leftOut: readonly string[],
): string[] | undefined {
  if (kept.length === 0 && leftOut.length === 0) return undefined;
  const isAny = kept.length === 0 || (key === 'state' && kept.includes(ANY_STATE));
  const asked = (isAny ? values : kept).filter((value) => !leftOut.includes(value));
  return asked.length > 0
    ? asked
    : refuse(`The filter both includes and excludes the same ${key}. Remove one of them.`);
}

function parametersOf(key: string, field: Field, clauses: readonly FilterClause[]): FindingQuery {
  const valuesOf = (isExcluded: boolean) =>
    clauses.filter((one) => one.key === key && one.exclude === isExcluded).map(({ value }) => value);
  const [kept, leftOut] = [valuesOf(false), valuesOf(true)];
  const { parameter, values, without, isSingle } = field;
  if (leftOut.length > 0 && !values && !without)
    refuse(`Findings can be filtered for ${key}, but it cannot be excluded.`);
  const asked = values ? chosen(key, values, kept, leftOut) : kept.length > 0 ? kept : undefined;
  if (isSingle && asked && asked.length > 1) refuse(`Filter by one ${key} value at a time.`);
  return {
    ...(asked ? { [parameter]: isSingle ? (asked[0] ?? '') : asked } : {}),
    ...(without && leftOut.length > 0 ? { [without]: leftOut } : {}),
  };
}

const isField = (key: string | null): key is string => key !== null && key in FIELDS;
const textOf = ({ key, value }: FilterClause) => (key === null ? value : `${key}:${value}`);

/**
 * The filter as the API, its exports and its bulk decisions take it: all of it, so that they mean what the list shows.
 * @throws ApiError with a sentence for the reader where it cannot be answered
 */
export function queryOf(clauses: readonly FilterClause[]): FindingQuery {
  const fields = Object.entries(FIELDS).map(([key, field]) => parametersOf(key, field, clauses));
  const wordsOf = (isExcluded: boolean) =>
    clauses.filter(({ key, exclude }) => !isField(key) && exclude === isExcluded).map(textOf);
  const [q, notQ] = [wordsOf(false), wordsOf(true)];
  return Object.assign({}, ...fields, q.length > 0 ? { q } : {}, notQ.length > 0 ? { notQ } : {});
}

/** The order that a URL names, the API's own where it names none that exists. */
export function sortOf(sort: string | null): (typeof FINDING_SORTS)[number] {
  return FINDING_SORTS.find((one) => one === sort) ?? 'severity';
}
