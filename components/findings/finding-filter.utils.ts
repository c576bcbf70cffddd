import type { FilterClause } from '@/components/data-table/filter-grammar';
import { ApiError } from '@/components/shell/api-client';
import {
  FINDING_SORTS,
  FINDING_STATUSES,
  type FindingDto,
  type ListFindingsInput,
} from '@/lib/findings/contract';

export type FindingQuery = Record<string, string | string[]>;

/** Fields of a filter, each with its parameter of the API. */
const FIELDS: Readonly<Record<string, keyof ListFindingsInput>> = {
  state: 'status',
  severity: 'severity',
  tool: 'tool',
  kind: 'kind',
  asset: 'asset',
  branch: 'branch',
  package: 'package',
  rule: 'rule',
  owner: 'owner',
  sla: 'sla',
  kev: 'kev',
  age: 'age',
};
const SINGLE = ['sla', 'kev'];

/** Every state, which the API leaves out unless asked. */
export const ANY_STATE = 'any';

/** What a row itself tells; a branch it does not. */
const TESTS: Readonly<Record<string, (finding: FindingDto, value: string) => boolean>> = {
  severity: ({ severity }, value) => severity === value,
  tool: ({ tool }, value) => tool === value,
  kind: ({ kind }, value) => kind === value,
  asset: ({ asset }, value) => asset.name === value,
  package: (finding, value) => finding.package === value,
  rule: ({ ruleId }, value) => ruleId === value,
  owner: ({ owner }, value) => owner?.userId === value,
  kev: ({ isKev }, value) => String(isKev) === value,
};

function holdsText({ title, path, package: name, ruleId }: FindingDto, words: string): boolean {
  return [title, path, name, ruleId].some((text) => text?.toLowerCase().includes(words.toLowerCase()));
}

function statusesOf(included: readonly string[], excluded: readonly string[]): string[] | undefined {
  if (included.length === 0 && excluded.length === 0) return undefined;
  const isAny = included.length === 0 || included.includes(ANY_STATE);
  const asked: readonly string[] = isAny ? FINDING_STATUSES : included;
  return asked.filter((status) => !excluded.includes(status));
}

function refuse(sentence: string): never {
  throw new ApiError(400, 'bad_request', sentence, '');
}

function valuesByField(clauses: readonly FilterClause[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const { key, value } of clauses) {
    if (key !== null && key in FIELDS) values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

type RowTest = (finding: FindingDto) => boolean;

const isField = (key: string | null): key is string => key !== null && key in FIELDS;
const textOf = ({ key, value }: FilterClause) => (key === null ? value : `${key}:${value}`);

/** What to keep, as parameters; the words after the first are left for tests. */
function paramsOf(kept: readonly FilterClause[]): { params: FindingQuery; words: string[] } {
  const params: FindingQuery = {};
  for (const [field, values] of valuesByField(kept)) {
    if (field === 'state') continue;
    const isSingle = SINGLE.includes(field);
    if (isSingle && values.length > 1) refuse(`Ask for one value of ${field} at a time.`);
    params[FIELDS[field] ?? field] = isSingle ? (values[0] ?? '') : values;
  }
  const [first, ...words] = kept.filter(({ key }) => !isField(key)).map(textOf);
  if (first !== undefined) params.q = first;
  return { params, words };
}

function exclusionOf(clause: FilterClause): RowTest {
  const { key, value } = clause;
  if (!isField(key)) return (finding) => !holdsText(finding, textOf(clause));
  const test = TESTS[key] ?? refuse(`Findings can be filtered for ${key}, but it cannot be excluded.`);
  return (finding) => !test(finding, value);
}

/**
 * The parameters that the API answers by, and a test of each row for what it cannot: exclusions and further words.
 * @throws ApiError with a sentence for the reader where neither can
 */
export function splitFilter(clauses: readonly FilterClause[]): { params: FindingQuery; matches: RowTest } {
  const kept = clauses.filter(({ exclude }) => !exclude);
  const leftOut = clauses.filter(({ exclude }) => exclude);
  const { params, words } = paramsOf(kept);
  const tests: RowTest[] = words.map((word) => (finding) => holdsText(finding, word));
  const statesIn = (list: readonly FilterClause[]) => valuesByField(list).get('state') ?? [];
  const status = statusesOf(statesIn(kept), statesIn(leftOut));
  if (status?.length === 0) tests.push(() => false);
  else if (status) params.status = status;
  tests.push(...leftOut.filter(({ key }) => key !== 'state').map(exclusionOf));
  return { params, matches: (finding) => tests.every((test) => test(finding)) };
}

/** The order that a URL names, the API's own where it names none that exists. */
export function sortOf(sort: string | null): (typeof FINDING_SORTS)[number] {
  return FINDING_SORTS.find((one) => one === sort) ?? 'severity';
}
