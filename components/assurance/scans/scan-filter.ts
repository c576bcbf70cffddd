import type { FilterClause } from '@/components/data-table/filter-grammar';
import {
  type ListScansInput,
  SCAN_STATUSES,
  type ScanDto,
  type ScanStatus,
  TOOLS,
} from '@/lib/assurance/findings/contract';

export type ScanFilter = {
  [Name in 'asset' | 'branch' | 'tool' | 'status']?: Extract<ListScansInput[Name], readonly unknown[]>;
};

const VALUES_MAX = 20;

function textsOf(scan: ScanDto): Record<string, string | null> {
  const { asset, branch, tool, status, category, uploadedByName } = scan;
  return { asset: asset.name, branch, tool, status, category, by: uploadedByName };
}

function holds(scan: ScanDto, { key, value }: FilterClause): boolean {
  if (key !== null) return textsOf(scan)[key] === value;
  const text = [...Object.values(textsOf(scan)), scan.fileName, ...scan.reasons].join('\n');
  return text.toLowerCase().includes(value.toLowerCase());
}

/** The part that the API answers itself, for the alternatives of one key; null where it cannot. */
function serverPart(key: string | null, values: string[]): ScanFilter | null {
  if (values.length > VALUES_MAX || values.some((value) => value.length > 200)) return null;
  if (key === 'asset') return { asset: values };
  if (key === 'branch') return { branch: values };
  const tools = TOOLS.filter((tool) => values.includes(tool));
  const statuses = SCAN_STATUSES.filter((status) => values.includes(status));
  if (key === 'tool' && tools.length > 0) return { tool: tools };
  return key === 'status' && statuses.length > 0 ? { status: statuses } : null;
}

/** What the API can narrow the list by, and a test for the rest: words and exclusions. */
export function splitFilter(clauses: readonly FilterClause[]): {
  filter: ScanFilter;
  matches: (scan: ScanDto) => boolean;
} {
  let filter: ScanFilter = {};
  const rest: ((scan: ScanDto) => boolean)[] = [];
  const included = Map.groupBy(
    clauses.filter(({ exclude }) => !exclude),
    ({ key, value }) => key ?? `word ${value}`,
  );
  for (const group of included.values()) {
    const part = serverPart(
      group[0]?.key ?? null,
      group.map(({ value }) => value),
    );
    if (part) filter = { ...filter, ...part };
    else rest.push((scan) => group.some((clause) => holds(scan, clause)));
  }
  for (const clause of clauses) if (clause.exclude) rest.push((scan) => !holds(scan, clause));
  return { filter, matches: (scan) => rest.every((test) => test(scan)) };
}

/** Whether the worker still has to finish it. */
export function isUnderWay(status: ScanStatus): boolean {
  return status === 'queued' || status === 'running';
}
