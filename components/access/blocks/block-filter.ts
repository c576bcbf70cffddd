import type { FilterClause } from '@/components/data-table/filter-grammar';
import {
  BLOCK_KIND_NAMES,
  BLOCK_STATES,
  type BlockDto,
  type ListBlocksInput,
} from '@/lib/access/blocks/contract';

export type BlockFilter = Pick<ListBlocksInput, 'q' | 'state' | 'kind' | 'covers'>;

const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/;

/** The part of a question that the API answers itself, for one clause; nothing where it cannot. */
function serverPart({ key, value }: FilterClause): BlockFilter {
  const state = BLOCK_STATES.find((one) => one === value);
  const kind = BLOCK_KIND_NAMES.find((one) => one === value);
  if (key === 'state' && state) return { state };
  if (key === 'kind' && kind) return { kind };
  if (key === 'covers' && ADDRESS.test(value)) return { covers: value };
  return key === null && value.length <= 100 ? { q: value } : {};
}

function holds(block: BlockDto, { key, value }: FilterClause): boolean {
  if (key === 'state') return block.state === value;
  if (key === 'kind') return block.kind === value;
  const text = `${block.value}\n${block.reason}\n${block.label ?? ''}`.toLowerCase();
  return key === null && text.includes(value.toLowerCase());
}

/** What the API can narrow the list by, and a test for the rest: alternatives and exclusions. */
export function splitFilter(clauses: readonly FilterClause[]): {
  filter: BlockFilter;
  matches: (block: BlockDto) => boolean;
} {
  let filter: BlockFilter = {};
  const rest: ((block: BlockDto) => boolean)[] = [];
  const included = Map.groupBy(
    clauses.filter(({ exclude }) => !exclude),
    ({ key, value }) => key ?? `word ${value}`,
  );
  for (const group of included.values()) {
    const [only] = group;
    const part = group.length === 1 && only ? serverPart(only) : {};
    const isNew = Object.keys(part).length > 0 && Object.keys(part).every((name) => !(name in filter));
    if (isNew) filter = { ...filter, ...part };
    else rest.push((block) => group.some((clause) => holds(block, clause)));
  }
  for (const clause of clauses) if (clause.exclude) rest.push((block) => !holds(block, clause));
  return { filter, matches: (block) => rest.every((test) => test(block)) };
}
