import type { Owner } from '@/components/access/api-keys/owner';
import type { FilterClause } from '@/components/data-table/filter-grammar';
import {
  KEY_ENVIRONMENTS,
  KEY_NEEDS,
  KEY_STATUSES,
  type KeyDto,
  type ListKeysInput,
} from '@/lib/access/api-keys/contract';
import { scopeText } from '@/lib/platform/auth/scope-contract';

/** What the API can narrow the list by; the cursor belongs to the page, not to the filter. */
export type KeyFilter = Omit<ListKeysInput, 'cursor' | 'limit'>;

function oneOf<T extends string>(values: readonly T[], text: string): T | undefined {
  return values.find((value) => value === text);
}

const TAG_LENGTH_MAX = 40;
const TEXT_LENGTH_MAX = 100;

/** The part of a question the API answers itself, for one clause; nothing where it cannot. */
function serverPart({ key, value }: FilterClause, owners: readonly Owner[]): KeyFilter {
  switch (key) {
    case null:
      return value.length <= TEXT_LENGTH_MAX ? { q: value } : {};
    case 'status':
      return { status: oneOf(KEY_STATUSES, value) };
    case 'env':
      return { environment: oneOf(KEY_ENVIRONMENTS, value) };
    case 'scope':
      return { scope: scopeText.safeParse(value).success ? value : undefined };
    case 'owner':
      return { owner: owners.find(({ name }) => name === value)?.userId };
    case 'tag':
      return value.length <= TAG_LENGTH_MAX ? { tag: value } : {};
    default:
      return {};
  }
}

function holds(key: KeyDto, clause: FilterClause): boolean {
  const { value } = clause;
  switch (clause.key) {
    case null:
      return [key.name, key.description, key.id].some((text) =>
        text.toLowerCase().includes(value.toLowerCase()),
      );
    case 'status':
      return key.status === value;
    case 'env':
      return key.environment === value;
    case 'scope':
      return key.scopes.includes(value);
    case 'owner':
      return key.owner?.name === value;
    case 'tag':
      return key.tags.includes(value);
    default:
      return false;
  }
}

export interface SplitFilter {
  /** For the API. */
  filter: KeyFilter;
  /** What the API cannot say: several values of one key, and exclusions. */
  matches: (key: KeyDto) => boolean;
}

/** What only the API knows of a key; all that are asked for must hold. */
const NEED = 'is';
const isUnknownNeed = ({ key, value, exclude }: FilterClause) =>
  key === NEED && !exclude && oneOf(KEY_NEEDS, value) === undefined;

function needsOf(clauses: readonly FilterClause[]): KeyFilter {
  const asked = (isExcluded: boolean) =>
    KEY_NEEDS.filter((need) =>
      clauses.some(({ key, value, exclude }) => key === NEED && value === need && exclude === isExcluded),
    );
  const [is, notIs] = [asked(false), asked(true)];
  return { ...(is.length > 0 ? { is } : {}), ...(notIs.length > 0 ? { notIs } : {}) };
}

/** Values of the same key are alternatives; different keys, exclusions and words must all hold. */
export function splitFilter(clauses: readonly FilterClause[], owners: readonly Owner[]): SplitFilter {
  let filter: KeyFilter = needsOf(clauses);
  const rest: ((key: KeyDto) => boolean)[] = [];
  const included = Map.groupBy(
    clauses.filter(({ key, exclude }) => !exclude && key !== NEED),
    ({ key, value }) => key ?? `word ${value}`,
  );
  for (const group of included.values()) {
    const [only] = group;
    const part = group.length === 1 && only ? definedPart(serverPart(only, owners)) : {};
    const isNew = Object.keys(part).length > 0 && Object.keys(part).every((name) => !(name in filter));
    if (isNew) filter = { ...filter, ...part };
    else rest.push((key) => group.some((clause) => holds(key, clause)));
  }
  for (const clause of clauses)
    if (clause.exclude && clause.key !== NEED) rest.push((key) => !holds(key, clause));
  if (clauses.some(isUnknownNeed)) rest.push(() => false);
  return { filter, matches: (key) => rest.every((test) => test(key)) };
}

function definedPart(part: KeyFilter): KeyFilter {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
}
