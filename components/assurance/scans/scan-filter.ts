import type { FilterClause } from '@/components/data-table/filter-grammar';
import {
  type ListScansInput,
  SCAN_NEEDS,
  SCAN_STATUSES,
  type ScanDto,
  type ScanStatus,
  TOOLS,
} from '@/lib/assurance/findings/contract';

export type ScanFilter = {
  [Name in 'asset' | 'branch' | 'tool' | 'status' | 'is' | 'notIs']?: Extract<
    ListScansInput[Name],
    readonly unknown[]
  >;
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

/** What only the API knows of a scan; all that are asked for must hold. */
const NEED = 'is';
const isUnknownNeed = ({ key, value, exclude }: FilterClause) =>
  key === NEED && !exclude && !SCAN_NEEDS.some((need) => need === value);

function needsOf(clauses: readonly FilterClause[]): ScanFilter {
  const asked = (isExcluded: boolean) =>
    SCAN_NEEDS.filter((need) =>
      clauses.some(({ key, value, exclude }) => key === NEED && value === need && exclude === isExcluded),
    );
  const [is, notIs] = [asked(false), asked(true)];
  return { ...(is.length > 0 ? { is } : {}), ...(notIs.length > 0 ? { notIs } : {}) };
}

/** What the API can narrow the list by, and a test for the rest: words and exclusions. */
export function splitFilter(clauses: readonly FilterClause[]): {
  filter: ScanFilter;
  matches: (scan: ScanDto) => boolean;
} {
  let filter: ScanFilter = needsOf(clauses);
  const rest: ((scan: ScanDto) => boolean)[] = [];
  const included = Map.groupBy(
    clauses.filter(({ key, exclude }) => !exclude && key !== NEED),
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
  for (const clause of clauses)
    if (clause.exclude && clause.key !== NEED) rest.push((scan) => !holds(scan, clause));
  if (clauses.some(isUnknownNeed)) rest.push(() => false);
  return { filter, matches: (scan) => rest.every((test) => test(scan)) };
}

/** Whether the worker still has to finish it. */
export function isUnderWay(status: ScanStatus): boolean {
  return status === 'queued' || status === 'running';
}
