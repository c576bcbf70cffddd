import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import type { FindingFacet } from '@/lib/assurance/findings/views-contract';
import {
  allOf,
  type Condition,
  conditionsOf,
  type FilterConditions,
  type FindingFilter,
} from './finding-filter';

/** What the tally counts exactly. */
export const TALLIED = [
  'severity',
  'status',
  'kev',
  'asset',
  'tool',
  'kind',
  'owner',
] as const satisfies FindingFacet[];
export const isTallied = (facet: Condition) => TALLIED.some((one) => one === facet);

/** No index of `finding` begins with these. */
const UNINDEXED = ['tool', 'kind', 'kev', 'owner'] as const satisfies FindingFacet[];
/** More than these are met soon enough on a walk along the index of an order. */
const FEW = 2_000;

/** The assets that have what is asked for, where that are few findings; null where they are many. */
async function fewAssets(
  tx: ReadTx,
  tenantId: string,
  conditions: FilterConditions,
): Promise<string[] | null> {
  const others = new Set([...conditions.keys()].filter((facet) => !isTallied(facet)));
  const rows = await tx.execute<{ id: string; findings: number }>(sql`
    select asset_id as id, sum(change)::integer as findings from finding_tally
    where ${allOf(tenantId, conditions, others)} group by 1 having sum(change) > 0`);
  const findings = rows.reduce((sum, row) => sum + row.findings, 0);
  return findings > FEW ? null : rows.map(({ id }) => id);
}

/** What is seen on the branches, where that are few findings; null where they are many. */
async function fewOnBranches(
  tx: ReadTx,
  tenantId: string,
  branches: readonly string[],
): Promise<string[] | null> {
  const rows = await tx.execute<{ id: string }>(sql`
    select distinct few.finding_id as id from (
      select s.finding_id from scan_stream t cross join lateral (
        select finding_id from sighting where tenant_id = ${tenantId}::uuid and stream_id = t.id and gone_at is null
        limit ${FEW + 1}::integer) s
      where t.tenant_id = ${tenantId}::uuid
        and t.branch in (select json_array_elements_text(${JSON.stringify(branches)}::json))
      limit ${FEW + 1}::integer) few`);
  return rows.length > FEW ? null : rows.map(({ id }) => id);
}

/** As an array, which an index is searched by; the planner reads the whole table for a join with so many. */
const oneOf = (column: 'id' | 'asset_id', ids: readonly string[]) =>
  sql`${sql.identifier(column)} = any(array(select value::uuid from json_array_elements_text(${JSON.stringify(ids)}::json)))`;

/** A filter whose few findings are looked for where they are. */
export interface Narrowed {
  conditions: FilterConditions;
  /** All that the branches show, where that is few. */
  fewIds: readonly string[] | null;
  /** Assets are left out: no index leads to the others. */
  isWithoutAssets: boolean;
}

/** What is asked, with the branches by the findings on them where those are few. */
export async function narrowBranches(tx: ReadTx, tenantId: string, filter: FindingFilter): Promise<Narrowed> {
  const conditions = conditionsOf(tenantId, filter);
  const fewIds = filter.branch ? await fewOnBranches(tx, tenantId, filter.branch) : null;
  const isWithoutAssets = filter.notAsset !== undefined;
  return fewIds
    ? { conditions: new Map([...conditions, ['branch', oneOf('id', fewIds)]]), fewIds, isWithoutAssets }
    : { conditions, fewIds, isWithoutAssets };
}

/**
 * The same findings, looked for in the assets that have them where they are few: a walk along the index of an order would
 * go through all the others to find them.
 */
export async function narrowAssets(tx: ReadTx, tenantId: string, narrowed: Narrowed): Promise<Narrowed> {
  const { conditions } = narrowed;
  if (!narrowed.isWithoutAssets && !UNINDEXED.some((facet) => conditions.has(facet))) return narrowed;
  const assets = await fewAssets(tx, tenantId, conditions);
  if (!assets) return narrowed;
  const asked = conditions.get('asset') ?? sql`true`;
  const inAssets = assets.length === 0 ? sql`false` : sql`(${asked} and ${oneOf('asset_id', assets)})`;
  return { ...narrowed, conditions: new Map([...conditions, ['asset', inAssets]]) };
}

/** What an index of its own leads to: names, and ranges of time. */
const NAMED = ['package', 'rule'] as const satisfies FindingFacet[];
const TIMED = ['sla', 'age'] as const satisfies FindingFacet[];
/** So many rows are sorted quickly. */
const SORTED_MAX = 10_000;

async function areAtMost(tx: ReadTx, most: number, where: SQL): Promise<boolean> {
  const [found] = await tx.execute<{ rows: number }>(sql`select count(*)::integer as rows from (
    select 1 from finding where ${where} limit ${most + 1}::integer) few`);
  return found !== undefined && found.rows <= most;
}

/**
 * The rows to walk through, under the name `finding`: the few on a branch, of a name or in a range of time, as they may lie
 * at the far end of the order that is asked for. They are counted: what the planner expects is wrong behind an import.
 * @param where of the walk but for those conditions
 */
export async function rowsToWalk(
  tx: ReadTx,
  tenantId: string,
  where: SQL,
  { conditions, fewIds }: Narrowed,
): Promise<SQL> {
  // Without "offset 0" the planner would look through the order for them all the same.
  const only = (condition: SQL) =>
    sql`(select * from finding where ${where} and ${condition} offset 0) finding`;
  if (fewIds) return only(oneOf('id', fewIds));
  for (const facet of NAMED) {
    const condition = conditions.get(facet);
    if (!condition) continue;
    if (await areAtMost(tx, FEW, sql`tenant_id = ${tenantId}::uuid and ${condition}`)) return only(condition);
  }
  for (const facet of TIMED) {
    const condition = conditions.get(facet);
    if (condition && (await areAtMost(tx, SORTED_MAX, sql`${where} and ${condition}`)))
      return only(condition);
  }
  return sql`finding`;
}

/**
 * Along an index, so that reading stops early, at the worst; several statuses lie apart in it, and package and rule have
 * their own.
 * @param free what is counted without its own condition
 */
export function orderOf(filter: FindingFilter, free: readonly FindingFacet[] = []): SQL {
  const isOneStatus = (filter.status?.length ?? 1) === 1 && !free.includes('status');
  return isOneStatus && !filter.package && !filter.rule ? sql`order by severity_rank, opened_at, id` : sql``;
}
